"""When and on which channel to try to reach a customer next: as they prefer and allow, not when they are not
to be disturbed, and so that a customer who stays silent was tried as the closing as unreachable demands
(domain.md, life of a case: 3 attempts, 2 channels, 5 days, if the customer has that many)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.followup.domain.wishes import SILENT, Preferences, Quiet
from services.followup.domain.words import Channel

ATTEMPTS, CHANNELS, SPAN = 3, 2, timedelta(days=5)
# From the first attempt to each of the next; further ones keep the last distance.
_SPREAD = (timedelta(), timedelta(days=2), SPAN)
_APART = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A person's message since the customer was last heard, that arrived or could not."""

    channel: Channel
    at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """The next attempt, and how many attempts, channels and how much time to the last are missing for the
    customer to count as unreachable after it."""

    channel: Channel
    at: datetime
    because: str  # preferred, untried, least_tried
    attempts_missing: int
    channels_missing: int
    span_missing: timedelta


def plan(
    reach: Sequence[Channel],
    attempts: Sequence[Attempt],
    preferences: Preferences,
    quiet: Quiet,
    now: datetime,
) -> Plan | None:
    """The next attempt. `reach` are the channels on which we know an address, the last used first; `attempts`
    oldest first. None where the customer allows none of them."""
    allowed = [one for one in dict.fromkeys(reach) if one not in preferences.refused]
    if not allowed:
        return None
    channel, because = _channel(allowed, attempts, preferences.preferred)
    at = _spread(attempts, now)
    if channel not in SILENT:
        at = quiet.over(at)
    first = attempts[0].at if attempts else at
    tried = {one.channel for one in attempts} | {channel}
    return Plan(
        channel,
        at,
        because,
        attempts_missing=max(0, ATTEMPTS - len(attempts) - 1),
        channels_missing=max(0, min(CHANNELS, len(allowed)) - len(tried)),
        span_missing=max(timedelta(), SPAN - (at - first)),
    )


def _channel(
    allowed: Sequence[Channel], attempts: Collection[Attempt], preferred: Sequence[Channel]
) -> tuple[Channel, str]:
    """The one tried least often, of several the customer's favourite, else the last used."""
    tried = Counter(one.channel for one in attempts)
    liked = [one for one in preferred if one in allowed]
    order = [*liked, *(one for one in allowed if one not in liked)]
    chosen = min(order, key=lambda one: (tried[one], order.index(one)))
    if chosen in liked and not tried[chosen]:
        return chosen, "preferred"
    return chosen, "least_tried" if tried[chosen] else "untried"


def _spread(attempts: Sequence[Attempt], now: datetime) -> datetime:
    if not attempts:
        return now
    done = len(attempts)
    due = attempts[0].at + _SPREAD[done] if done < len(_SPREAD) else attempts[-1].at + _APART
    return max(now, due, attempts[-1].at + _APART)
