"""The timers of follow-up: one per case, set for the earliest moment at which time alone changes
something; and one for the end of the window in which its customer may become a champion.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from services.chassis.db import Connection
from services.chassis.timers import Timer
from services.followup.adapters import loyalty
from services.followup.adapters.office import Office
from services.followup.app import handlers


class Deadlines:
    """The TimerHandler of follow-up."""

    def __init__(self, office: Office, queued: Callable[[], None]) -> None:
        self._office = office
        self._queued = queued

    async def fire(self, tx: Connection, timers: Sequence[Timer], now: datetime) -> None:
        """Judge the cases of the fired timers and set their next ones."""
        of_champions = {(one.tenant_id, one.key) for one in timers if one.kind == loyalty.TIMER_KIND}
        office = self._office
        await loyalty.judge(tx, of_champions, office.champion_window, office.ids, now)
        keys = {(one.tenant_id, one.key) for one in timers if one.kind != loyalty.TIMER_KIND}
        await handlers.fire(self._office.desk(tx), self._office.letters, keys, now)
        self._queued()
