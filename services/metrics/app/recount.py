"""The same figures a second time, from the journals alone, and the comparison with what the stream says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from services.metrics.app.cuts import labels
from services.metrics.app.queries import SummaryLine
from services.metrics.app.values import values
from services.metrics.domain.case import Case, observe
from services.metrics.domain.errors import CaseBeganTwice
from services.metrics.domain.observations import Observation
from services.metrics.domain.window import Tally, contribute, place

_ALL = "all"
GROUPED = ("severity", "team", "playbook")


def group_name(dimension: str, value: str) -> str:
    """How the line of one severity, team or playbook is called: "severity=high"."""
    return f"{dimension}={value}"


class Recounted:
    """Folds one tenant's observations, in the order in which each service recorded them."""

    def __init__(self, tenant_id: str) -> None:
        self._tenant_id = tenant_id
        self._cases: dict[str, Case] = {}
        self.refused = 0  # what the stream parks too: a case begun twice, an event that cannot be read

    def tell(self, case_id: str, told: Observation) -> None:
        """One observation more."""
        try:
            self._cases[case_id] = observe(self._cases.get(case_id, Case()), told)
        except CaseBeganTwice:
            self.refused += 1

    def summary(self, since: datetime | None, until: datetime | None) -> list[SummaryLine]:
        """One line per channel, by name, then per severity, team and playbook, and one over all; of windows
        that start in [since, until).
        """
        groups: dict[str, Tally] = defaultdict(Tally)
        everything = Tally()
        for case in self._cases.values():
            key, given = place(case, self._tenant_id), contribute(case)
            if key and given and _within(key.start, since, until):
                named = (group_name(name, labels(key.channel, given)[name]) for name in GROUPED)
                for group in (key.channel, *named):
                    groups[group].add(given)
                everything.add(given)
        lines = [SummaryLine(group, groups[group].figures()) for group in sorted(groups)]
        return [*lines, SummaryLine(None, everything.figures())]


class Line(NamedTuple):
    """One figure, both ways. `channel` is that of the cases, or their "severity=high"; "all" is of all."""

    channel: str
    name: str
    recounted: float
    streamed: float

    @property
    def equal(self) -> bool:
        """To the unit: both sides compute from the same single values in the same way."""
        return self.recounted == self.streamed


@dataclass(frozen=True, slots=True)
class Report:
    """What a recount found. `read` is how far each journal was read, `as_of` how current the stream was."""

    tenant_id: str
    lines: tuple[Line, ...]
    read: Mapping[str, int]
    as_of: datetime
    refused: int
    differing: tuple[Line, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Keep the lines that differ at hand."""
        object.__setattr__(self, "differing", tuple(line for line in self.lines if not line.equal))

    @property
    def equal(self) -> bool:
        """Whether every figure is the same."""
        return not self.differing


def compare(recounted: list[SummaryLine], streamed: list[SummaryLine]) -> tuple[Line, ...]:
    """Every figure of every channel that either side knows; what one side does not know is 0 there."""
    ours, theirs = (
        {line.channel or _ALL: dict(values(line.figures)) for line in side} for side in (recounted, streamed)
    )
    return tuple(
        Line(channel, name, ours.get(channel, {}).get(name, 0.0), theirs.get(channel, {}).get(name, 0.0))
        for channel in sorted(ours.keys() | theirs.keys())
        for name in {**ours.get(channel, {}), **theirs.get(channel, {})}
    )


def _within(start: datetime, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or start >= since) and (until is None or start < until)
