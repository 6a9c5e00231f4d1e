"""How fast an account may send: so many messages in so many seconds, saved up when it is silent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Pace:
    """At most `count` messages in `seconds`, at once if none were sent before."""

    count: int
    seconds: float

    @property
    def step(self) -> timedelta:
        """How long one message takes of it."""
        return timedelta(seconds=self.seconds / self.count)


def admitted(pace: Pace, spent_until: datetime | None, now: datetime, wanted: int) -> tuple[int, datetime]:
    """How many of `wanted` messages may go at `now`, and what is spent then.

    What is spent is a moment: up to it everything the account may send was sent. It lies in the past while
    there is something left, and in the future where a provider said how long to wait.
    """
    full = now - timedelta(seconds=pace.seconds)
    spent = full if spent_until is None else max(spent_until, full)
    may = max(0, min(wanted, (now - spent) // pace.step))
    return may, spent + may * pace.step
