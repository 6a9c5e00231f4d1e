"""How often one sender may begin a case by mail: two robots that answer each other stop here."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime

_SENDERS_KEPT = 50_000


class SenderRate:
    """A leaky count per sender, kept in this process: `limit` new cases per `window_s` seconds, then refused.

    Kept in memory, as a brake and not as a promise: a restart forgets it. `limit` 0 switches it off.
    """

    def __init__(self, limit: int, window_s: float) -> None:
        self._limit = limit
        self._drain_per_s = limit / window_s if limit else 0.0
        self._levels: OrderedDict[tuple[str, str], tuple[float, datetime]] = OrderedDict()

    def take(self, tenant_id: str, sender: str, now: datetime, cost: float = 1.0) -> bool:
        """Count `cost` more; False when the sender is over the limit (that one is not counted)."""
        if not self._limit:
            return True
        key = (tenant_id, sender)
        level, since = self._levels.pop(key, (0.0, now))
        level = max(0.0, level - max(0.0, (now - since).total_seconds()) * self._drain_per_s)
        allowed = level + cost <= self._limit
        self._levels[key] = (level + cost if allowed else level, max(now, since))
        if len(self._levels) > _SENDERS_KEPT:
            self._levels.popitem(last=False)
        return allowed
