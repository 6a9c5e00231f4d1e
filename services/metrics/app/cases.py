"""Following one case through three topics, so that repeats change nothing and nothing newer is overwritten.

Version of a case = the sum over the topics of how far each was read for it (offset + 1 of its last event).
One partition is read in order, so what is known of a case is a function of these positions; a process that
lost its last changes and reads again passes through other mixtures, but ends at positions no lower than any
before. A plain counter would not do: reading again in another interleaving can need fewer changes for the
same knowledge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from services.metrics.domain.case import Case, observe
from services.metrics.domain.observations import Observation
from services.metrics.domain.window import Contribution, WindowKey, contribute, place


@dataclass(frozen=True, slots=True)
class TrackedCase:
    """A case and how far each topic was read for it: topic -> next offset."""

    case: Case = field(default_factory=Case)
    positions: Mapping[str, int] = field(default_factory=dict)

    @property
    def version(self) -> int:
        """Rises with every event; equal versions know the same."""
        return sum(self.positions.values())


# Rises when a case gives its window more than before: at the same place in the topics the new layout is the
# newer fact. It is the high part of a version, above any sum of positions.
LAYOUT = 1
_LAYOUT_BITS = 40


class CaseFact(NamedTuple):
    """What one case gives one window, whole; of two for the same case the higher version holds."""

    key: WindowKey
    case_id: str
    version: int
    contribution: Contribution


def follow(tracked: TrackedCase | None, told: Observation, topic: str, offset: int) -> TrackedCase:
    """The case with one event more; reading an event again changes nothing. Raises CaseBeganTwice."""
    tracked = tracked or TrackedCase()
    read = max(tracked.positions.get(topic, 0), offset + 1)
    return TrackedCase(observe(tracked.case, told), {**tracked.positions, topic: read})


def fact_of(tracked: TrackedCase, tenant_id: str, case_id: str) -> CaseFact | None:
    """What to tell the windows; None while the case has not begun for us."""
    key, contribution = place(tracked.case, tenant_id), contribute(tracked.case)
    if key is None or contribution is None:
        return None
    return CaseFact(key, case_id, LAYOUT << _LAYOUT_BITS | tracked.version, contribution)
