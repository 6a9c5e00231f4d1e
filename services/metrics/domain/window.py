"""Windows: what one case gives, and what many give together. Everything here can be merged in any order.

Shares and percentiles come from the single values, so that a recount is equal to the unit. Percentile =
nearest rank: the smallest value that at least p % of all values do not exceed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from services.metrics.domain import notes
from services.metrics.domain.case import Case, window_start
from services.metrics.domain.stamps import (
    GAPS,
    HEADLINE,
    HEADLINE_LIMIT_US,
    PROVIDER_SKEW,
    UNKNOWN,
    Gap,
    between,
    gaps,
    possible_origin,
)

WINDOW = timedelta(minutes=1)
RECOVERY = "recovery_offered"
_US = 1_000_000


class WindowKey(NamedTuple):
    """Which window: of whom, by which way, from when (inclusive) on."""

    tenant_id: str
    channel: str
    start: datetime


class Counts(NamedTuple):
    """What is counted besides the answers; of one case or of many. New ones go to the end: what was kept
    before them is read with 0."""

    clocks_met: int = 0
    clocks_breached: int = 0
    promises_kept: int = 0
    promises_broken: int = 0
    closed_confirmed: int = 0
    reopened: int = 0
    hand_offs: int = 0
    hand_offs_refused: int = 0
    grants: int = 0
    replies_stopped: int = 0
    open: int = 0
    grants_revoked: int = 0
    closed_withdrawn: int = 0
    closed_unreachable: int = 0
    closed_merged: int = 0
    closed_not_a_complaint: int = 0
    closed_final_response: int = 0


class Contribution(NamedTuple):
    """What one case gives its window. `gaps` in the order of GAPS, in microseconds; `recovery` is the time to
    recovery offered; `more` are the counts by name (notes.py). `severity`, `team` and `playbook` are those of
    the case, "" while unknown. New fields go to the end: of what was kept before them nothing is known.
    """

    answered: bool
    gaps: tuple[Gap, ...]
    counts: Counts
    recovery: Gap = None
    more: Mapping[str, int] = {}
    severity: str = ""
    team: str = ""
    playbook: str = ""


@dataclass(frozen=True, slots=True)
class GapFigures:
    """One stretch over many cases; percentiles in seconds, 0 when nothing is known."""

    name: str
    known: int
    unknown: int
    p50_s: float
    p95_s: float
    p99_s: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What a window (or several together) says."""

    complaints: int
    answered: int
    within_60s: int
    unknown: int
    gaps: tuple[GapFigures, ...]
    counts: Counts
    recovery: GapFigures
    more: Mapping[str, int]

    @property
    def share_60s(self) -> float:
        """Within sixty seconds, of those answered; an unknown headline counts as answered and not within."""
        return self.within_60s / self.answered if self.answered else 0.0


def place(case: Case, tenant_id: str) -> WindowKey | None:
    """The window the case belongs to; None before it began."""
    start = window_start(case, WINDOW)
    return WindowKey(tenant_id, case.began.channel, start) if case.began and start else None


def contribute(case: Case) -> Contribution | None:
    """What the case gives its window; None before it began. A breach is final, so breached wins over met."""
    if case.began is None:
        return None
    answer = case.answer()
    otherwise = case.closed.otherwise if case.closed and case.is_closed else ""
    counts = Counts(
        clocks_met=len(case.clocks_met - case.clocks_breached),
        clocks_breached=len(case.clocks_breached),
        promises_kept=len(case.promises_kept - case.promises_broken),
        promises_broken=len(case.promises_broken),
        closed_confirmed=int(case.is_closed and case.closed is not None and case.closed.confirmed),
        reopened=len(case.reopenings),
        hand_offs=len(case.hand_offs),
        hand_offs_refused=len(case.refusals),
        grants=len(case.grants),
        replies_stopped=len(case.stops),
        open=int(not case.is_closed),
        grants_revoked=len(case.revocations),
        closed_withdrawn=int(otherwise == "withdrawn"),
        closed_unreachable=int(otherwise == "unreachable"),
        closed_merged=int(otherwise == "merged"),
        closed_not_a_complaint=int(otherwise == "not_a_complaint"),
        closed_final_response=int(otherwise == "final_response"),
    )
    known = case.notes
    recovered = known.recovered_at()
    return Contribution(
        answer is not None,
        gaps(case.began, case.first_owner, answer),
        counts,
        between(possible_origin(case.began), recovered, PROVIDER_SKEW) if recovered else None,
        notes.count(known, case.clocks_met, case.clocks_breached, case.revocations),
        known.severity[1],
        case.first_owner.team if case.first_owner else "",
        known.playbook,
    )


@dataclass(slots=True)
class Tally:
    """Adds up contributions; the only mutable thing here, so that a window of many cases costs one pass."""

    complaints: int = 0
    answered: int = 0
    counts: list[int] = field(default_factory=lambda: [0] * len(Counts._fields))
    known: list[list[int]] = field(default_factory=lambda: [[] for _ in GAPS])
    unknown: list[int] = field(default_factory=lambda: [0] * len(GAPS))
    recovered: list[int] = field(default_factory=list)
    recovery_unknown: int = 0
    more: Counter[str] = field(default_factory=Counter)

    def add(self, one: Contribution) -> None:
        """Count one case."""
        self.complaints += 1
        self.answered += one.answered
        self.counts = [ours + more for ours, more in zip(self.counts, one.counts, strict=True)]
        for index, gap in enumerate(one.gaps):
            if gap == UNKNOWN:
                self.unknown[index] += 1
            elif gap is not None:
                self.known[index].append(gap)
        if one.recovery == UNKNOWN:
            self.recovery_unknown += 1
        elif one.recovery is not None:
            self.recovered.append(one.recovery)
        for name, number in one.more.items():
            self.more[name] += number

    def figures(self) -> Figures:
        """What all the counted cases say."""
        headlines = self.known[HEADLINE]
        return Figures(
            complaints=self.complaints,
            answered=self.answered,
            within_60s=sum(1 for gap in headlines if gap <= HEADLINE_LIMIT_US),
            unknown=self.unknown[HEADLINE],
            gaps=tuple(
                _gap_figures(name, sorted(values), unknown)
                for name, values, unknown in zip(GAPS, self.known, self.unknown, strict=True)
            ),
            counts=Counts(*self.counts),
            recovery=_gap_figures(RECOVERY, sorted(self.recovered), self.recovery_unknown),
            more=dict(sorted(self.more.items())),
        )


def tally(contributions: Iterable[Contribution]) -> Figures:
    """The figures of any number of cases, in any order."""
    total = Tally()
    for one in contributions:
        total.add(one)
    return total.figures()


def percentile(ordered: list[int], percent: int) -> int:
    """The nearest-rank percentile of ascending values; 0 of none."""
    return ordered[-(-percent * len(ordered) // 100) - 1] if ordered else 0


def is_final(start: datetime, changed_at: datetime, still_open: int, now: datetime, grace: timedelta) -> bool:
    """Whether a window will not change any more: nothing open in it, and quiet for `grace` since its end.

    `grace` should be no shorter than the time in which a customer's word reopens a closed case.
    """
    at = final_at(start, changed_at, still_open, grace)
    return at is not None and now >= at


def final_at(start: datetime, changed_at: datetime, still_open: int, grace: timedelta) -> datetime | None:
    """When a window is final unless something changes; None while a case in it is open."""
    return None if still_open else max(changed_at, start + WINDOW) + grace


def _gap_figures(name: str, ordered: list[int], unknown: int) -> GapFigures:
    p50, p95, p99 = (percentile(ordered, percent) / _US for percent in (50, 95, 99))
    return GapFigures(name, len(ordered), unknown, p50, p95, p99)
