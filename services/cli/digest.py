"""`amends digest`: what an employee owes and who waits for them, over gRPC with the key in AMENDS_TOKEN."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Annotated

import typer
from amends.followup.v1 import service_pb2 as pb
from amends.followup.v1.events_pb2 import PROMISE_KIND_CIRCLE_BACK
from amends.followup.v1.service_pb2_grpc import FollowupServiceStub
from google.protobuf.json_format import MessageToDict
from google.protobuf.timestamp_pb2 import Timestamp

from services.cli.calls import calls
from services.cli.common import print_json, run
from services.cli.visible import visible_line


def digest(
    employee_id: Annotated[str, typer.Argument(help="whose; none: the key's own")] = "",
    hours: Annotated[
        float, typer.Option("--hours", min=0.01, max=24 * 31, help="how far to look ahead")
    ] = 24,
    as_json: Annotated[bool, typer.Option("--json", help="JSON, one object")] = False,
) -> None:
    """Show the promises that are overdue or due, the customers who wait, and who is covered for."""
    told = run(_asked(pb.GetDigestRequest(employee_id=employee_id, within_s=round(hours * 3600))))
    if as_json:
        print_json(MessageToDict(told, preserving_proto_field_name=True))
        return
    for line in lines(told):
        typer.echo(visible_line(line))


async def _asked(request: pb.GetDigestRequest) -> pb.Digest:
    async with calls("followup", FollowupServiceStub) as desk:
        return await desk.GetDigest(request)


def lines(told: pb.Digest) -> list[str]:
    """The digest to read: first what is overdue."""
    found = [f"{told.employee_id}: {told.overdue} overdue, {told.due} due, {told.later} later"]
    found += [f"covers for {one.employee_id} until {_time(one.ends_at)}" for one in told.covers]
    if told.covered_by_employee_id:
        found.append(f"away, covered by {told.covered_by_employee_id}")
    for one in told.promises:
        kind = "circle-back" if one.kind == PROMISE_KIND_CIRCLE_BACK else "progress"
        late = "overdue" if _seconds(one.due_at) <= _seconds(told.made_at) else "due"
        found.append(f"{late} {_time(one.due_at)} {kind} {one.case_id}{_whose(one.employee_id, told)}")
    for waiting in told.waiting:
        since = timedelta(seconds=round(_seconds(told.made_at) - _seconds(waiting.since)))
        due = f"answer due {_time(waiting.due_at)}" if waiting.HasField("due_at") else "answer overdue"
        found.append(f"waits {since} {waiting.case_id} {due}{_whose(waiting.employee_id, told)}")
    return found


def _whose(employee_id: str, told: pb.Digest) -> str:
    return f" (of {employee_id})" if employee_id != told.employee_id else ""


def _seconds(stamp: Timestamp) -> float:
    return stamp.seconds + stamp.nanos / 1e9


def _time(stamp: Timestamp) -> str:
    return stamp.ToDatetime(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
