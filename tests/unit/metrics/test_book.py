"""The book takes the higher version, forgets what moved away, and knows what may be closed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.metrics.app.book import WindowBook
from services.metrics.app.cases import CaseFact
from services.metrics.app.ports import RangeTooWide, StreamBehind
from services.metrics.app.queries import Question, Windows
from services.metrics.app.recount import Recounted, Report, compare
from services.metrics.domain import observations as seen
from services.metrics.domain.window import Contribution, Counts, WindowKey

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
GRACE = timedelta(minutes=10)
LATER = NOON + timedelta(days=1)


class Current:
    """A stream that is always complete up to LATER, or not at all."""

    def __init__(self, *, behind: bool = False) -> None:
        self._behind = behind

    def as_of(self) -> datetime:
        if self._behind:
            raise StreamBehind("recovering")
        return LATER


def fact(case_id: str, version: int, *, minute: int = 0, open_: int = 0, tenant_id: str = "acme") -> CaseFact:
    key = WindowKey(tenant_id, "email", NOON + timedelta(minutes=minute))
    return CaseFact(
        key, case_id, version, Contribution(False, (None,) * 7, Counts(open=open_, grants=version))
    )


def total(book: WindowBook, tenant_id: str = "acme") -> int:
    _, everything = Windows(book, Current(), GRACE).summarize(Question(tenant_id))[0][-1]
    return everything.counts.grants


def test_the_higher_version_holds_whatever_the_order() -> None:
    for versions in ([1, 2, 3], [3, 1, 2], [2, 3, 3, 1]):
        book = WindowBook()
        for version in versions:
            book.put(0, fact("c", version), NOON)
        assert total(book) == 3


def test_events_read_again_by_who_understands_more_of_them_replace_what_was_given() -> None:
    book, known = WindowBook(), fact("c", 3)
    more = known.contribution._replace(more={"chases": 1})
    assert [
        book.put(0, one, NOON) for one in (known, known, known._replace(contribution=more), fact("c", 2))
    ] == [
        *(True, False, True, False),
    ]
    ((_, figures),) = Windows(book, Current(), GRACE).summarize(Question("acme"))[0][-1:]
    assert figures.more == {"chases": 1}


def test_a_partition_that_moved_away_is_forgotten() -> None:
    book = WindowBook()
    book.put(0, fact("a", 1), NOON)
    book.put(1, fact("b", 2, minute=1), NOON)
    book.drop(0)
    assert (total(book), book.partitions()) == (2, {1})
    assert [key.start for key, _ in book.closable(LATER, GRACE)] == [NOON + timedelta(minutes=1)]


def test_only_quiet_windows_without_open_cases_can_be_closed_and_only_once() -> None:
    book = WindowBook()
    book.put(0, fact("a", 1, open_=1), NOON)
    assert book.closable(LATER, GRACE) == []
    book.put(0, fact("a", 2, open_=0), NOON)
    ((key, content),) = book.closable(LATER, GRACE)
    assert book.closable(NOON + GRACE, GRACE) == []
    book.settle(0, key, content)
    assert book.closable(LATER, GRACE) == []
    book.put(0, fact("a", 3, open_=0), NOON)
    assert book.closable(LATER, GRACE) == [(key, 3)]


def test_a_closing_recovered_before_its_cases_still_counts() -> None:
    book = WindowBook()
    book.settle(0, fact("a", 4).key, 4)
    book.put(0, fact("a", 4), NOON)
    assert book.closable(LATER, GRACE) == []


def test_a_query_answers_oldest_first_and_says_what_is_final() -> None:
    book = WindowBook()
    book.put(0, fact("b", 1, minute=7, open_=1), NOON)
    book.put(1, fact("a", 1, minute=2), NOON)
    answers, as_of = Windows(book, Current(), GRACE).query(Question("acme"))
    assert [(answer.key.start.minute, answer.final) for answer in answers] == [(2, True), (7, False)]
    assert as_of == LATER
    narrowed, _ = Windows(book, Current(), GRACE).query(Question("acme", since=NOON + timedelta(minutes=3)))
    assert [answer.key.start.minute for answer in narrowed] == [7]


def test_no_answer_while_the_stream_is_behind() -> None:
    windows = Windows(WindowBook(), Current(behind=True), GRACE)
    with pytest.raises(StreamBehind):
        windows.query(Question("acme"))
    with pytest.raises(StreamBehind):
        windows.summarize(Question("acme"))


def test_too_many_windows_for_one_answer_are_refused_with_the_limit() -> None:
    book = WindowBook()
    for minute in range(5001):
        book.put(0, fact("a", 1, minute=minute), NOON)
    with pytest.raises(RangeTooWide) as refused:
        Windows(book, Current(), GRACE).query(Question("acme"))
    assert refused.value.allowed == {"windows": "5000"}
    assert total(book) == 5001


def test_gauges_see_all_tenants_of_recent_windows() -> None:
    book = WindowBook()
    book.put(0, fact("a", 1), NOON)
    book.put(0, fact("b", 1, minute=30, tenant_id="globex"), NOON)
    assert book.recent(NOON)["email"].complaints == 2
    assert book.recent(NOON + timedelta(minutes=1))["email"].complaints == 1


def test_a_comparison_names_every_figure_that_differs() -> None:
    counted = Recounted("acme")
    counted.tell("c", seen.Began("b", NOON, "sms", NOON, NOON, NOON))
    counted.tell("c", seen.Granted("g", NOON))
    counted.tell("c", seen.Began("other", NOON, "sms"))
    ours = counted.summary(None, None)
    assert compare(ours, ours) == tuple(line for line in compare(ours, ours) if line.equal)
    lines = compare(ours, counted.summary(NOON + timedelta(minutes=1), None))
    report = Report("acme", lines, {}, NOON, counted.refused)
    assert not report.equal
    assert ("sms", "grants", 1, 0) in report.differing
    assert report.refused == 1
