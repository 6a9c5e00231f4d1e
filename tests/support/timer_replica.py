"""One replica that fires timers, as a process of its own, so that a benchmark can kill it: `python -m
tests.support.timer_replica <app dsn> <system dsn>`, until SIGTERM.

Its handler journals a row per timer, as those of the services do, with the time of due and that of writing.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from datetime import datetime

import uvloop

from services.chassis.db import Connection, Database
from services.chassis.timerloop import Backlog, TimerLoop, TimerTuning
from services.chassis.timers import Timer

# Unlike recorded_at, which is the transaction's beginning, this is the moment itself.
_JOURNAL = """
    insert into journal
        (tenant_id, topic, key, event_id, type, correlation_id, occurred_at, recorded_at, payload)
    select tenant, 'fired', key, id, kind, '', due, clock_timestamp(), ''
    from unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::timestamptz[])
         as fired (tenant, key, id, kind, due)"""


class Journalling:
    """A handler whose effect is a row per timer."""

    async def fire(self, tx: Connection, timers: Sequence[Timer], now: datetime) -> None:
        """See TimerHandler."""
        await tx.execute(
            _JOURNAL,
            [timer.tenant_id for timer in timers],
            [timer.key for timer in timers],
            [timer.timer_id for timer in timers],
            [timer.kind for timer in timers],
            [timer.due_at for timer in timers],
        )


async def run(app: str, system: str) -> None:
    """Fire until told to stop."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with Database.open(app, system, name="replica") as database:
        await TimerLoop(database, Journalling(), tuning=TimerTuning(backlog=Backlog())).run(stop)


if __name__ == "__main__":
    uvloop.run(run(*sys.argv[1:]))
