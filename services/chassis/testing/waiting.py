"""The only way tests wait: for a condition."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
_POLL_S = 0.02


async def wait_for(
    predicate: Callable[[], Awaitable[T] | T], timeout: float = 20, *, what: str = "the condition"
) -> T:
    """Poll `predicate` (plain or async) until it is true and return its value.

    Raises AssertionError with the last value after `timeout` seconds.
    """
    deadline = asyncio.get_running_loop().time() + timeout
    while True:
        found = predicate()
        value: T = await found if inspect.isawaitable(found) else found
        if value:
            return value
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"{what} did not come true within {timeout} s; last value: {value!r}")
        await asyncio.sleep(_POLL_S)
