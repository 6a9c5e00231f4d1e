"""A whole service in one file, started by test_service.py as a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import grpc
import grpc.aio
from google.protobuf.wrappers_pb2 import StringValue

from services.chassis import rpc
from services.chassis.config import PlatformSettings, setting
from services.chassis.db import Database
from services.chassis.log import get_logger
from services.chassis.probes import Health
from services.chassis.runner import Component, Part
from services.chassis.security import ApiKeys
from services.chassis.service import Role, ServiceSpec, main

NAME = os.environ.get("SAMPLE_NAME", "sample")
log = get_logger("sample")


@dataclass(frozen=True, kw_only=True)
class Settings(PlatformSettings):
    """What this service needs beyond the platform's."""

    service: ClassVar[str] = NAME

    required: str = setting("SAMPLE_REQUIRED", help="anything")
    fault: str = setting("SAMPLE_FAULT", default="", help="what goes wrong")


class Servicer:
    """One method that lasts as long as the test wants: until SIGUSR1."""

    def __init__(self) -> None:
        self._release = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, self._release.set)

    async def wait(self, request: StringValue, context: Any) -> StringValue:
        log.info("call entered")
        await self._release.wait()
        log.info("call done")
        return StringValue(value="done")

    def register(self, server: grpc.aio.Server) -> None:
        read, write = StringValue.FromString, StringValue.SerializeToString
        handlers = {"Wait": grpc.unary_unary_rpc_method_handler(self.wait, read, write)}
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("sample.Sample", handlers),))


def consumer(fault: str) -> Part:
    """Stands for the data path."""

    async def work(stop: asyncio.Event) -> None:
        if fault == "consumer":
            raise RuntimeError("poisoned")
        await stop.wait()
        log.info("consumer stopped")

    return Part("consumer", work)


@asynccontextmanager
async def bootstrap(settings: Settings, role: Role, health: Health) -> AsyncIterator[Sequence[Component]]:
    """As a service's bootstrap does it: open, yield what runs, close in reverse."""
    async with Database.open(settings.app_dsn, settings.system_dsn, name=NAME) as database:
        keys = ApiKeys(database)

        async def database_answers() -> bool:
            async with database.system() as connection:
                return bool(await connection.fetchval("select true"))

        health.add("database", database_answers)
        async with rpc.serve(
            settings.grpc_bind, Servicer().register, ["sample.Sample"], keys, health=health
        ) as server:
            parts: list[Component] = [server] if role.plays(Role.SERVE) else []
            parts += [consumer(settings.fault)] if role.plays(Role.CONSUME) else []
            yield parts
    log.info("pools closed")


SPEC = ServiceSpec(NAME, Settings, bootstrap, Path(__file__).parent / "sample_migrations")

if __name__ == "__main__":
    sys.exit(main(SPEC))
