"""`amends digest` to read: what is overdue first, and whose it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from amends.followup.v1 import service_pb2 as pb
from amends.followup.v1.events_pb2 import PROMISE_KIND_CIRCLE_BACK, PROMISE_KIND_PROGRESS

from services.chassis.clock import to_proto
from services.cli.digest import lines

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)


def test_each_line_says_when_and_of_another_whose() -> None:
    hour = timedelta(hours=1)
    told = pb.Digest(
        employee_id="maria",
        made_at=to_proto(NOW),
        covers=[pb.Digest.Cover(employee_id="jonas", ends_at=to_proto(NOW + hour))],
        overdue=1,
        due=1,
        promises=[
            pb.Promise(case_id="a", employee_id="maria", due_at=to_proto(NOW), kind=PROMISE_KIND_PROGRESS),
            pb.Promise(
                case_id="b", employee_id="jonas", due_at=to_proto(NOW + hour), kind=PROMISE_KIND_CIRCLE_BACK
            ),
        ],
        waiting=[pb.Digest.Waiting(case_id="a", employee_id="maria", since=to_proto(NOW - hour))],
    )
    assert lines(told) == [
        "maria: 1 overdue, 1 due, 0 later",
        "covers for jonas until 2026-11-28 10:00:00Z",
        "overdue 2026-11-28 09:00:00Z progress a",
        "due 2026-11-28 10:00:00Z circle-back b (of jonas)",
        "waits 1:00:00 a answer overdue",
    ]
