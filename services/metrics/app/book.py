"""The windows this process holds, in memory beside the table they are rebuilt from.

One partition of the facts holds all cases of a window, so a process either has a window whole or not at all.
The book is kept by partition, and a partition that moves to another process is dropped with everything in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from services.metrics.app.cases import CaseFact
from services.metrics.domain.window import Contribution, Tally, WindowKey, is_final

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class OpenWindow:
    """One window: per case the version and what it gives, when it last changed, and as what it was closed."""

    cases: dict[str, tuple[int, Contribution]] = field(default_factory=dict)
    changed_at: datetime = _NEVER
    closed_as: int | None = None
    content: int = 0  # sum of the versions: rises with every change
    still_open: int = 0  # cases not closed

    def put(self, case_id: str, version: int, given: Contribution, at: datetime) -> bool:
        """Take in what a case gives; False when it is here already, or a higher version.

        An equal version that gives something else comes of events that were read again by a process that
        understands more of them.
        """
        known_version, known = self.cases.get(case_id, (0, None))
        if known and (known_version > version or (known_version == version and known == given)):
            return False
        self.cases[case_id] = (version, given)
        self.changed_at = max(self.changed_at, at)
        self.content += version - known_version
        self.still_open += given.counts.open - (known.counts.open if known else 0)
        return True

    def contributions(self) -> Iterator[Contribution]:
        """What each case gives."""
        return (given for _, given in self.cases.values())


class WindowBook:
    """Every window held, by partition of the facts topic and by tenant."""

    def __init__(self) -> None:
        self._held: dict[int, dict[str, dict[WindowKey, OpenWindow]]] = {}
        self._unsettled: dict[int, set[WindowKey]] = defaultdict(set)
        self.revision = 0  # rises with every change
        self.touched: set[WindowKey] = set()  # changed or closed since somebody took them out of here

    def put(self, partition: int, fact: CaseFact, at: datetime) -> bool:
        """Take a fact in; False when nothing newer came with it. `at`: when it was written."""
        changed = self._window(partition, fact.key).put(fact.case_id, fact.version, fact.contribution, at)
        if changed:
            self.revision += 1
            self._unsettled[partition].add(fact.key)
            self.touched.add(fact.key)
        return changed

    def settle(self, partition: int, key: WindowKey, content: int) -> None:
        """The window was closed as `content`; a later change unsettles it."""
        window = self._window(partition, key)
        window.closed_as = content
        self.touched.add(key)
        if window.content == content:
            self._unsettled[partition].discard(key)

    def drop(self, partition: int) -> None:
        """Another process holds this partition now."""
        self.revision += 1
        self._held.pop(partition, None)
        self._unsettled.pop(partition, None)

    def get(self, partition: int, key: WindowKey) -> OpenWindow | None:
        """A window held in `partition`."""
        return self._held.get(partition, {}).get(key.tenant_id, {}).get(key)

    def windows(
        self, tenant_id: str, since: datetime | None, until: datetime | None, channel: str | None = None
    ) -> list[tuple[WindowKey, OpenWindow]]:
        """A tenant's windows that start in [since, until), oldest first; None leaves an end open."""
        found = [
            (key, window)
            for held in self._held.values()
            for key, window in held.get(tenant_id, {}).items()
            if (since is None or key.start >= since)
            and (until is None or key.start < until)
            and (channel is None or key.channel == channel)
        ]
        return sorted(found, key=lambda pair: (pair[0].start, pair[0].channel))

    def recent(self, since: datetime) -> dict[str, Tally]:
        """All tenants' windows from `since` on, added up per channel; for the operators' gauges."""
        totals: dict[str, Tally] = defaultdict(Tally)
        for held in self._held.values():
            for windows in held.values():
                for key, window in windows.items():
                    if key.start >= since:
                        for given in window.contributions():
                            totals[key.channel].add(given)
        return totals

    def closable(self, now: datetime, grace: timedelta) -> list[tuple[WindowKey, int]]:
        """Windows that are final and not yet closed as what they are, with their content."""
        return [
            (key, window.content)
            for partition, keys in self._unsettled.items()
            for key in keys
            if (window := self.get(partition, key))
            and window.closed_as != window.content
            and is_final(key.start, window.changed_at, window.still_open, now, grace)
        ]

    def partitions(self) -> set[int]:
        """Which partitions anything is held of."""
        return set(self._held)

    def _window(self, partition: int, key: WindowKey) -> OpenWindow:
        tenants = self._held.setdefault(partition, {})
        return tenants.setdefault(key.tenant_id, {}).setdefault(key, OpenWindow())
