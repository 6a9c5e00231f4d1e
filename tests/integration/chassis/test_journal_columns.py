"""A batch reaches the journal value by value as it was said, whatever its rows have in common: what they
share is sent once, what none of them has is not sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf import wrappers_pb2

from services.chassis import journal
from services.chassis.ids import RandomIds
from services.chassis.testing.fixtures import DatabaseFor

_NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_READ = """
    select tenant_id, topic, key, event_id, type, correlation_id, causation_id, traceparent, occurred_at,
           payload, headers::text, extensions::text
    from journal order by position"""


def _event(ids: RandomIds, number: int, *, differs: bool, bare: bool) -> journal.NewEvent:
    """One of a batch in which everything `differs`, or as little as can be; a `bare` one has no cause, trace
    or extensions."""
    own = number if differs else 0
    return journal.NewEvent(
        topic=f"amends.test.things.v{own}",
        key=f"k{own}",
        tenant_id=f"t{own}",
        message=wrappers_pb2.StringValue(value="same"),
        event_id=ids.new(),
        occurred_at=_NOON + timedelta(seconds=own),
        correlation_id=f"c{own}",
        causation_id=None if bare else f"cause{own}",
        traceparent=None if bare else f"00-{'1' * 32}-{own:016x}-01",
        extensions=None if bare else {"actor": f"e{own}"},
    )


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("differs", [True, False], ids=["all different", "all alike"])
@pytest.mark.parametrize("bare", ["none", "some", "all"])
async def test_every_value_arrives_in_its_row(
    database_for: DatabaseFor, count: int, differs: bool, bare: str
) -> None:
    database, ids = await database_for("intake"), RandomIds()
    said = [
        _event(ids, number, differs=differs, bare=bare == "all" or (bare == "some" and number == 0))
        for number in range(count)
    ]
    rows = journal.rows_of("test", said)
    async with database.transaction([f"t{number}" for number in range(count)]) as tx:
        await journal.append_rows(tx, rows, wake=differs)
        assert [tuple(row) for row in await tx.fetch(_READ)] == [
            (*row[:11], row[11] and row[11].replace(":", ": ")) for row in rows
        ]
