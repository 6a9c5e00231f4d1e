"""Identifiers as a dependency: UUIDv7 (RFC 9562), so that they sort by time and index well."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Protocol, cast
from uuid import UUID

from asyncpg.pgproto import pgproto

_COUNTER_BITS = 42  # below the 32 random bits that stay: room for 2**42 ids within one millisecond
_RANDOM_BITS = 32
_TAIL_BITS = _COUNTER_BITS + _RANDOM_BITS
# The driver's own UUID is one in every respect, made and written as text several times faster.
_UUID = cast("Callable[[bytes | str], UUID]", pgproto.UUID)
_POOL_BYTES = 4096  # one call of the system for a thousand ids: it cost a tenth of intake's time


class Ids(Protocol):
    """Makes identifiers for the application layer; the domain gets them as arguments."""

    def new(self) -> UUID:
        """An identifier never given before, greater than every earlier one of this source. Never blocks."""
        ...


class RandomIds:
    """UUIDv7, monotonic within the process also inside one millisecond and when the clock steps back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._millis = 0
        self._counter = 0
        self._pool = b""
        self._used = 0

    def new(self) -> UUID:
        with self._lock:
            millis = time.time_ns() // 1_000_000
            if millis > self._millis:
                self._millis = millis
                # Starts in the lower half, so that counting up does not overflow within the millisecond.
                self._counter = self._random(6) & (1 << _COUNTER_BITS - 1) - 1
            else:
                self._counter += 1
            return _uuid7(self._millis, self._counter << _RANDOM_BITS | self._random(4))

    def _random(self, size: int) -> int:
        """So many unpredictable bytes as a number, each used once."""
        if self._used + size > len(self._pool):
            self._pool, self._used = os.urandom(_POOL_BYTES), 0
        self._used += size
        return int.from_bytes(self._pool[self._used - size : self._used])


class SequenceIds:
    """The same identifiers in the same order for the same seed; for tests and samples."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._next = 0

    def new(self) -> UUID:
        self._next += 1
        return _uuid7(self._seed, self._next)


def uuid_of(text: str) -> UUID:
    """An identifier from its text. Raises ValueError for anything else."""
    return _UUID(text)


def _uuid7(millis: int, tail: int) -> UUID:
    """48 bits of time, then `tail` (74 bits) around the version and variant bits."""
    high, low = tail >> 62, tail & ((1 << 62) - 1)
    number = (millis & (1 << 48) - 1) << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low
    return _UUID(number.to_bytes(16))
