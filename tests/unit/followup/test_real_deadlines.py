"""What a city had promised and kept, told to the ledger case by case: it finds what the import counts."""

from __future__ import annotations

import csv
import json
import os
import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from amends.common.v1 import common_pb2
from amends.intake.v1 import events_pb2 as intake

from services.chassis.clock import to_proto
from services.chassis.envelope import Event
from services.followup.adapters.policies import lexicon
from services.followup.adapters.wire import hearing
from services.followup.domain.advance import advance, fire
from services.followup.domain.clock_instance import ClockInstance
from services.followup.domain.clocks import clocks
from services.followup.domain.events import ClockBreached
from services.followup.domain.policy import INHERITED
from services.followup.domain.record import Answer, Fact, Move
from tests.unit.followup.cases import TERMS, fresh

CORPUS = Path(os.environ.get("AMENDS_CORPUS", Path(__file__).parents[4] / "shared" / "data"))
CITY = replace(TERMS, targets=())
ENGLISH = lexicon("en")


def test_the_deadlines_of_a_city_are_met_and_missed_in_the_ledger_as_they_were() -> None:
    file, expected = CORPUS / "complaint_text" / "nyc311_rodent.csv", CORPUS / "expected_figures.json"
    if not (file.is_file() and expected.is_file()):
        warnings.warn("no complaint_text/nyc311_rodent.csv beside the checkout: not compared", stacklevel=1)
        return
    wanted = json.loads(expected.read_text(encoding="utf-8"))["nyc311"]
    with file.open(encoding="utf-8", newline="") as source:
        told = [ledger(row) for row in csv.DictReader(source)]
    assert len(told) == wanted["with_due"]
    clocks_of = [clock for clock in told if clock is not None]
    assert sum(clock.breached and clock.late for clock in clocks_of) == wanted["breached_closed_after_due"]
    assert sum(clock.breached and clock.met_at is None for clock in clocks_of) == wanted["open_with_due"]
    # Closed before it was made: no clock ran, so none was met. The import counts these as in time, too.
    impossible = told.count(None)
    assert impossible == wanted["closed_before_created"]
    assert sum(clock.in_time for clock in clocks_of) + impossible == wanted["met"]


def ledger(row: dict[str, str]) -> ClockInstance | None:
    """The clock of what was promised, after everything that became of the row, each at its time."""
    created, due, closed = (moment(row[f"{name} Date"]) for name in ("Created", "Due", "Closed"))
    assert created is not None
    assert due is not None
    record, breaches = advance(fresh(CITY), complaint(row["Unique Key"], created, due), created).record, 0
    for at, facts in sorted([(due, []), *fixed(closed)], key=lambda one: (one[0], not one[1])):
        step = advance(record, facts, at) if facts else fire(record, at)
        record = step.record
        breaches += sum(isinstance(event, ClockBreached) for event in step.events)
    found = [one for one in clocks(record) if one.clock == INHERITED]
    assert breaches == sum(one.breached for one in found) <= len(found) <= 1
    return found[0] if found else None


def fixed(closed: datetime | None) -> Iterator[tuple[datetime, list[Fact]]]:
    """The city's word on what it did closes a complaint."""
    if closed is not None:
        yield closed, [Answer("c1", closed), Move(closed, "resolved")]


def complaint(key: str, created: datetime, due: datetime) -> list[Fact]:
    """As intake says it of a complaint taken over on the day it was made."""
    said = intake.ComplaintReceived(
        case_id="case-1",
        due_at=to_proto(due),
        message=common_pb2.InboundMessage(
            message_id=key,
            imported_from="nyc311",
            occurred_at=to_proto(created),
            received_at=to_proto(created),
        ),
    )
    name = said.DESCRIPTOR.full_name
    event = Event("t", 0, 0, "case-1", "e1", name, "acme", created, "case-1", None, None, None, said)
    return hearing.facts_of(event, ENGLISH)


def moment(text: str) -> datetime | None:
    zone = ZoneInfo("America/New_York")
    if not text:
        return None
    return datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=zone).astimezone(UTC)
