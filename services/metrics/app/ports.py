"""What the use cases need from the stream."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Freshness(Protocol):
    """How current the windows are."""

    def as_of(self) -> datetime:
        """Everything published before this moment is in the windows. Does not block.

        Raises StreamBehind while this process does not hold all partitions, still recovers its tables, or has
        never caught up since it started.
        """
        ...


class StreamBehind(Exception):
    """The stream cannot answer for the windows yet: ask again, it is catching up."""

    rule = "stream_behind"

    def __init__(self, detail: str) -> None:
        self.detail = detail
        self.allowed: dict[str, str] = {}
        super().__init__(f"{self.rule}: {detail}")


class RangeTooWide(Exception):
    """More windows than one answer can carry: ask for a shorter range, or for the summary."""

    rule = "range_too_wide"

    def __init__(self, found: int, limit: int) -> None:
        self.detail = f"{found} windows in the range"
        self.allowed = {"windows": str(limit)}
        super().__init__(f"{self.rule}: {self.detail}, at most {limit}")
