"""Windows cut in other ways: exact, in any grouping, and each says whether it is final."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from amends.metrics.v1 import service_pb2 as pb

from services.chassis.errors import InvalidArgument
from services.metrics.adapters.rows import answer, cut_of, live
from services.metrics.app.book import WindowBook
from services.metrics.app.cases import CaseFact
from services.metrics.app.cuts import Cut, Cuts, Top
from services.metrics.app.values import rates
from services.metrics.domain.window import Contribution, Counts, WindowKey, tally

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
GRACE = timedelta(minutes=10)
MINUTE = timedelta(minutes=1)


class Current:
    """A stream that is complete up to the next day."""

    def as_of(self) -> datetime:
        return NOON + timedelta(days=1)


def fact(name: str, minute: int, severity: str = "low", team: str = "cards", **given: int) -> CaseFact:
    channel = given.pop("channel", 0)
    key = WindowKey("acme", "sms" if channel else "email", NOON + minute * MINUTE)
    counts = Counts(open=given.pop("open", 0), promises_kept=given.pop("kept", 0))
    gaps = (None,) * 6 + (given.pop("headline", None),)
    return CaseFact(
        key,
        name,
        given.pop("version", 1),
        Contribution(gaps[6] is not None, gaps, counts, None, given, severity, team, "sixty-seconds"),
    )


def cuts(*facts: CaseFact) -> tuple[Cuts, WindowBook]:
    book = WindowBook()
    for one in facts:
        book.put(0, one, NOON)
    return Cuts(book, Current(), GRACE), book


FACTS = (
    fact("a", 0, "high", headline=20_000_000, chases=2),
    fact("b", 0, "low", "travel", kept=1),
    fact("c", 4, "high", open=1),
    fact("d", 5, "low", channel=1),
)


def rows(
    asked: Cut, facts: Sequence[CaseFact] = FACTS
) -> list[tuple[tuple[str, ...], int | None, int, bool]]:
    """Group, minute, complaints and whether it is final."""
    found, _ = cuts(*facts)[0].cut(asked)
    return [
        (
            tuple(row.group.values()),
            None if row.start is None else (row.start - NOON) // MINUTE,
            row.figures.complaints,
            row.final,
        )
        for row in found
    ]


def test_the_range_is_one_window_and_a_group_is_any_of_the_four() -> None:
    assert rows(Cut("acme")) == [((), None, 4, False)]
    by = rows(Cut("acme", group_by=("severity", "team")))
    assert by == [
        (("high", "cards"), None, 2, False),
        (("low", "cards"), None, 1, True),
        (("low", "travel"), None, 1, True),
    ]
    assert rows(Cut("acme", where={"channel": "email", "playbook": "sixty-seconds"})) == [
        ((), None, 3, False)
    ]
    assert rows(Cut("globex")) == []


def test_tumbling_windows_hold_every_case_once_and_a_window_with_an_open_one_is_not_final() -> None:
    assert rows(Cut("acme", length=5 * MINUTE)) == [((), 0, 3, False), ((), 5, 1, True)]


def test_a_case_lies_in_every_hopping_window_around_it_and_windows_lie_whole_in_the_range() -> None:
    hopping = Cut("acme", NOON, NOON + 10 * MINUTE, length=4 * MINUTE, hop=2 * MINUTE)
    assert rows(hopping) == [((), 0, 2, True), ((), 2, 2, False), ((), 4, 2, False)]


def test_a_row_says_when_it_is_final_and_how_old_its_backlog_is() -> None:
    found, _ = cuts(*FACTS, fact("e", 7, open=1))[0].cut(Cut("acme", group_by=("channel", "severity")))
    assert [(row.group["severity"], row.final_at, row.oldest_open) for row in found] == [
        ("high", None, NOON + 4 * MINUTE),
        ("low", None, NOON + 7 * MINUTE),
        ("low", NOON + 6 * MINUTE + GRACE, None),
    ]


def test_the_highest_come_first_and_what_a_row_lacks_is_nothing() -> None:
    book, _ = cuts(*FACTS)
    top = Cut("acme", group_by=("severity",), top=Top("chases", 1))
    assert [row.group for row in book.cut(top)[0]] == [{"severity": "high"}]
    lowest = top._replace(top=Top("chases", 1, lowest=True))
    assert [row.group for row in book.cut(lowest)[0]] == [{"severity": "low"}]


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        (Cut("acme", group_by=("customer",)), "unknown_dimension"),
        (Cut("acme", where={"owner": "x"}), "unknown_dimension"),
        (Cut("acme", group_by=("team", "team")), "unknown_dimension"),
        (Cut("acme", length=timedelta(seconds=90)), "bad_window"),
        (Cut("acme", length=MINUTE, hop=2 * MINUTE), "bad_window"),
        (Cut("acme", length=100 * MINUTE, hop=MINUTE), "bad_window"),
        (Cut("acme", hop=MINUTE), "bad_window"),
        (Cut("acme", top=Top("chases", 0)), "bad_top"),
    ],
)
def test_a_cut_that_makes_no_sense_is_refused(asked: Cut, rule: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        cuts()[0].cut(asked)
    assert refused.value.rule == rule


def test_a_share_stands_with_its_n_and_its_interval_and_one_of_nothing_is_left_out() -> None:
    given = [one.contribution for one in FACTS[:2]]
    found = {rate.name: (rate.count, rate.n, rate.value) for rate in rates(tally(given))}
    assert found == {"rate.within_60s": (1, 1, 1.0), "rate.promises_kept": (1, 1, 1.0)}
    (rate, _) = rates(tally(given))
    assert 0 < rate.low < 1 == rate.high


def test_a_question_and_its_answer_cross_the_wire() -> None:
    request = pb.QueryRequest(
        where={"team": "cards"}, group_by=["channel"], window_s=300, hop_s=60, top_by="chases", limit=2
    )
    asked = cut_of("acme", request)
    assert asked == Cut(
        "acme", None, None, {"team": "cards"}, ("channel",), 5 * MINUTE, MINUTE, Top("chases", 2)
    )
    found, as_of = cuts(*FACTS)[0].cut(asked._replace(hop=timedelta(0)))
    told = answer(asked, found, as_of)
    (first, _) = told.rows
    assert (dict(first.group), first.window.length_s, first.window.more["chases"]) == (
        {"channel": "email"},
        300,
        2,
    )
    assert (first.window.start.ToDatetime(UTC), first.window.final) == (NOON, False)
    assert [rate.name for rate in first.rates] == ["rate.within_60s"]


async def test_a_live_question_tells_every_row_and_then_those_that_change() -> None:
    book, held = cuts(*FACTS)
    stream = live(book, Cut("acme", group_by=("severity",)), every_s=0.001)
    first = await anext(stream)
    held.put(0, fact("e", 7, "critical"), NOON)
    held.put(0, fact("d", 5, "low", channel=1, version=2, chases=1), NOON)
    then = await anext(stream)
    await stream.aclose()
    assert [row.group["severity"] for row in first.rows] == ["high", "low"]
    assert [row.group["severity"] for row in then.rows] == ["critical", "low"]
