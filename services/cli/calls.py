"""How a command calls a service of a running platform."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import grpc.aio

from services.chassis.calling import connect
from services.cli.common import TOKEN_VARIABLE, environment, needed

T = TypeVar("T")


@asynccontextmanager
async def calls(service: str, stub: Callable[[grpc.aio.Channel], T]) -> AsyncIterator[T]:
    """The calls of a service, with the key of TOKEN_VARIABLE. Raises ConfigError when one is not there."""
    env = environment()
    target, token = needed(env, f"AMENDS_{service.upper()}_GRPC_BIND"), needed(env, TOKEN_VARIABLE)
    async with connect(target, token) as channel:
        yield stub(channel)
