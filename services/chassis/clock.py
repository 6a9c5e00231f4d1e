"""Time as a dependency: aware UTC datetimes, and their protobuf shape."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis.errors import InvalidArgument

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Tells the time to the application layer; the domain gets `now` as an argument."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC. Never blocks, never raises."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ManualClock:
    """Stands still until told otherwise; for tests and for the demo's compressed days."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock starts at an aware datetime")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Move forward by `by` (backward is refused) and return the new time."""
        if by < timedelta(0):
            raise ValueError("time does not go backward")
        self._now += by
        return self._now


def to_proto(moment: datetime) -> Timestamp:
    """`moment` (aware) as a protobuf Timestamp, microseconds kept."""
    since = moment - _EPOCH
    return Timestamp(seconds=since.days * 86_400 + since.seconds, nanos=since.microseconds * 1000)


def from_proto(stamp: Timestamp) -> datetime:
    """A protobuf Timestamp as an aware UTC datetime; nanoseconds below a microsecond are cut off."""
    return stamp.ToDatetime(tzinfo=UTC)


def stamp_or_none(message: Message, field: str) -> datetime | None:
    """The Timestamp `field` of `message`, or None when it was never set (an unset one would read 1970).

    Raises InvalidArgument("bad_time") for one outside the years 1 to 9999 or with nanoseconds that are none.
    """
    if not message.HasField(field):
        return None
    try:
        return from_proto(getattr(message, field))
    except (ValueError, OverflowError) as wrong:
        raise InvalidArgument("bad_time", f"{field} is no point in time", {"field": field}) from wrong
