"""What is noted about a case beside its stamps and its life, and the counts that come of it, by name.

A count by name costs no new column anywhere: it travels in a map, and one that is 0 is not there. Every name
is defined in docs/figures.md. Like the case, notes only grow, or keep the least or latest of what was seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

CHASES = "chases"
REPEAT_FAILURES = "repeat_failures"
CHAMPIONS = "champions"
DEFECTIONS = "defections"
WON_BACK = "won_back"
AUTHORITY_REQUESTS = "authority_requests"
SURVEYS_SENT = "surveys.sent"
REPLIES = "replies."  # + outcome of the reply check
FINDINGS = "findings."  # + its category
CLOCK_MET = "clock_met."  # + the clock's name
CLOCK_BREACHED = "clock_breached."
GRANT_COST = "grant_cost."  # + the unit
GRANT_VALUE = "grant_value."
REMEDIED = "remedied"
ON_THE_SPOT = "on_the_spot"
SURVEYS_ANSWERED = "surveys.answered"

# The four of the seed's own minute (domain.md, "Sixty seconds"): when each was first done.
RECOVERY = ("apology", "responsibility", "decision", "remedy")
RECOMMEND, SATISFACTION, EFFORT = "recommend", "satisfaction", "effort"

_NOT_COUNTED_AS_IDS = frozenset({SURVEYS_SENT, SURVEYS_ANSWERED})

Ids = frozenset[str]


class Given(NamedTuple):
    """What a grant costs us and is worth to the customer, both in one unit: minor units of a currency, or
    whole ones of something else."""

    unit: str
    cost: int
    value: int


class Notes(NamedTuple):
    """New fields go to the end: what was kept before them is read with nothing."""

    noted: Mapping[str, Ids] = {}
    firsts: Mapping[str, datetime] = {}
    given: Mapping[str, Given] = {}
    answers: Mapping[str, tuple[str, int]] = {}
    clocks: Mapping[str, str] = {}
    severity: tuple[str, str] = ("", "")  # sequence, the last word on it
    playbook: str = ""

    def note(self, names: Iterable[str], one: str) -> Notes:
        """Each of the names once for this id, however often it is told."""
        noted = dict(self.noted)
        for name in names:
            noted[name] = noted.get(name, frozenset()) | {one}
        return self._replace(noted=noted)

    def first(self, name: str, at: datetime) -> Notes:
        """The earliest time holds."""
        known = self.firsts.get(name)
        return self if known and known <= at else self._replace(firsts={**self.firsts, name: at})

    def answer(self, sequence: str, said: Mapping[str, int]) -> Notes:
        """Of every question the last answer counts."""
        newer = {
            name: (sequence, value)
            for name, value in said.items()
            if sequence > self.answers.get(name, ("", 0))[0]
        }
        return self._replace(answers={**self.answers, **newer}) if newer else self

    def assessed(self, sequence: str, severity: str) -> Notes:
        """The last word on the severity holds."""
        return self._replace(severity=(sequence, severity)) if sequence > self.severity[0] else self

    def recovered_at(self) -> datetime | None:
        """When the last of apology, responsibility, decision and remedy was first done; None before that."""
        times = [self.firsts[name] for name in RECOVERY if name in self.firsts]
        return max(times) if len(times) == len(RECOVERY) else None


NOTHING = Notes()


def count(notes: Notes, met: Ids, breached: Ids, revoked: Ids) -> dict[str, int]:
    """The counts by name; those that are 0 are left out. `met` and `breached` are clock instances, the latter
    final; `revoked` are grants, which no longer cost anything.
    """
    counts: Counter[str] = Counter()
    for name, ids in notes.noted.items():
        counts[name] = 1 if name in _NOT_COUNTED_AS_IDS else len(ids)
    for prefix, instances in ((CLOCK_MET, met - breached), (CLOCK_BREACHED, breached)):
        counts.update(prefix + notes.clocks[one] for one in instances if one in notes.clocks)
    for grant_id, given in notes.given.items():
        if grant_id not in revoked:
            counts[GRANT_COST + given.unit] += given.cost
            counts[GRANT_VALUE + given.unit] += given.value
    if notes.given:
        counts[REMEDIED] = 1
        counts[ON_THE_SPOT] = int(AUTHORITY_REQUESTS not in notes.noted)
    counts.update(_answered(notes.answers))
    return {name: number for name, number in counts.items() if number}


def _answered(answers: Mapping[str, tuple[str, int]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    if (recommend := answers.get(RECOMMEND)) is not None:
        counts["nps." + _camp(recommend[1])] = 1
    if (satisfaction := answers.get(SATISFACTION)) is not None:
        counts |= {"csat.answers": 1, "csat.satisfied": int(satisfaction[1] >= 4)}
    if (effort := answers.get(EFFORT)) is not None:
        counts |= {"ces.answers": 1, "ces.easy": int(effort[1] >= 5), "ces.sum": effort[1]}
    return counts


def _camp(recommend: int) -> str:
    """Of 0 to 10: promoters 9 and 10, detractors up to 6."""
    if recommend >= 9:
        return "promoters"
    return "passives" if recommend >= 7 else "detractors"
