"""A row of the promises in the shape of the contract."""

from __future__ import annotations

import asyncpg
from amends.followup.v1 import service_pb2 as pb

from services.chassis.clock import to_proto
from services.followup.adapters.wire import names


def promise(row: asyncpg.Record) -> pb.Promise:
    """A promise of the contract from its row."""
    return pb.Promise(
        promise_id=str(row["promise_id"]),
        case_id=row["case_id"],
        kind=names.promise_kind_name(row["kind"]),
        employee_id=row["employee_id"],
        due_at=to_proto(row["due_at"]),
        state=row["state"],
        settled_at=to_proto(row["settled_at"]) if row["settled_at"] else None,
        reason=row["reason"],
    )
