"""The seven stamps of the sixty seconds, and what lies between them (domain.md, "Sixty seconds").

t0 provider's origin, t1 received, t2 normalised, t3 offered to an owner, t4 accepted, t5 sent, t6 provider's
receipt. A missing or impossible stamp makes a stretch unknown, never short: losing a stamp improves nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.metrics.domain.observations import Answered, Began, Owned

GAPS = ("t0_t1", "t1_t2", "t2_t3", "t3_t4", "t4_t5", "t5_t6", "headline")
HEADLINE = GAPS.index("headline")
HEADLINE_LIMIT_US = 60_000_000  # P1.5
UNKNOWN = -1  # microseconds are never negative

# Providers stamp whole seconds on clocks of their own: a stretch that touches one may be this much below
# zero.
PROVIDER_SKEW = timedelta(seconds=2)
_ZERO = timedelta(0)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

Gap = int | None  # microseconds, UNKNOWN, or None while one end has not happened yet


def origin(began: Began) -> datetime:
    """When the complaint began: t0 if possible, else t1, else when its event says."""
    return possible_origin(began) or _possible(began.t1) or began.at


def possible_origin(began: Began) -> datetime | None:
    """t0, unless it is missing, before 2000, or later than we received it."""
    t0, received = _possible(began.t0), _possible(began.t1) or began.at
    return None if t0 and t0 > received + PROVIDER_SKEW else t0


def gaps(began: Began, owned: Owned | None, answered: Answered | None) -> tuple[Gap, ...]:
    """The stretches in the order of GAPS, in microseconds."""
    t0, t1, t2 = possible_origin(began), began.t1, began.t2
    return (
        between(t0, t1, PROVIDER_SKEW),
        between(t1, t2),
        between(t2, owned.t3) if owned else None,
        between(owned.t3, owned.t4) if owned else None,
        between(owned.t4, answered.t5) if owned and answered else None,
        between(answered.t5, answered.t6, PROVIDER_SKEW) if answered else None,
        between(t0, answered.t6, PROVIDER_SKEW) if answered else None,
    )


def between(start: datetime | None, end: datetime | None, tolerance: timedelta = _ZERO) -> int:
    """Microseconds from start to end; UNKNOWN when one is missing or before 2000, or time ran backwards."""
    start, end = _possible(start), _possible(end)
    if start is None or end is None or end - start < -tolerance:
        return UNKNOWN
    return max(_ZERO, end - start) // timedelta(microseconds=1)


def _possible(stamp: datetime | None) -> datetime | None:
    return stamp if stamp is not None and stamp >= _EPOCH else None
