"""The platform under load: one that runs, or one brought up for it; and what its parts use."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from amends.resolution.v1 import service_pb2 as resolution
from amends.resolution.v1 import service_pb2_grpc as resolution_grpc

from services.chassis.calling import connect
from services.chassis.errors import ConfigError
from services.chassis.security import key_id_of
from services.standalone import cpu
from services.standalone.demo.play import USUAL_SPEED, settings_for
from services.standalone.demo.scenario import Scenario
from services.standalone.demo.setting import Keys, set_the_stage
from services.standalone.layout import SERVICES, Layout
from services.standalone.maven import Progress
from services.standalone.servers import ServerSettings
from services.standalone.stack import StackSettings, stack
from services.standalone.tenants import KeyRing

SIMULATOR = "simulator"
_NEEDED = ("AMENDS_INTAKE_HTTP_BIND", "AMENDS_FOLLOWUP_TWILIO_URL")


@dataclass(frozen=True, slots=True)
class Site:
    """A running platform: its variables, the keys of the people of the load, the process that holds it."""

    env: Mapping[str, str]
    keys: Keys
    supervisor: int
    ours: bool  # brought up for this load, and gone after it


@asynccontextmanager
async def site(
    scenario: Scenario, running: Mapping[str, str], home: Layout, own: ServerSettings, progress: Progress
) -> AsyncIterator[Site]:
    """The platform that `running` describes (see stackfile), else one brought up as `own` says.

    Raises ConfigError when the running one sends to real providers: nobody may be written to by a load.
    """
    if running.get(_NEEDED[0]):
        if not running.get(_NEEDED[1], "").startswith("http://127.0.0.1:"):
            raise ConfigError(
                "real_providers",
                "the running platform has no recording provider: a load would write to people",
            )
        env = {**os.environ, **running}
        keys = await set_the_stage(env, scenario, home.run)
        try:
            yield Site(env, keys, int((home.run / "lock").read_text(encoding="ascii")), ours=False)
        finally:
            await _leave(env, scenario, keys)
        return
    settings = StackSettings(
        own,
        settings=settings_for(USUAL_SPEED, scenario.accounts),
        tenant=scenario.tenant,
    )
    async with stack(settings, progress) as started:
        env = {**own.env, **started.env}
        keys = await set_the_stage(env, scenario, settings.layout.run)
        yield Site(env, keys, os.getpid(), ours=True)


async def _leave(env: Mapping[str, str], scenario: Scenario, keys: Keys) -> None:
    """The employees of the load go home, and their keys open nothing any more."""
    async with connect(env["AMENDS_RESOLUTION_GRPC_BIND"], keys.supervisor) as channel:
        stub = resolution_grpc.ResolutionServiceStub(channel)
        for one in scenario.employees:
            absent = resolution.SetPresenceRequest(employee_id=one.employee_id, present=False)
            await stub.SetPresence(absent)
    async with KeyRing.open(env) as ring:
        for token in (keys.supervisor, keys.shop, *keys.employees.values()):
            await ring.revoke(scenario.tenant, key_id_of(token))


def processes(supervisor: int) -> dict[str, int]:
    """The platform's processes by name, and this one; the servers only where the supervisor started them."""
    found = {SIMULATOR: os.getpid()}
    for pid in cpu.children(supervisor):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        name = next((name for name in SERVICES if f"services.{name}" in words), "")
        if "kafka.Kafka" in words:
            name = "kafka"
        elif Path(words[0]).name == "postgres":
            name = "postgres"
        elif "services.standalone.provider" in words:
            name = "provider"
        if name:
            found[name] = pid
    return found


def memory_mib(pids: Mapping[str, int]) -> dict[str, float]:
    """What each holds, what is shared counted by shares; children too."""
    return {
        name: round(cpu.family_mib(pid) if pid != os.getpid() else cpu.resident_mib(pid), 1)
        for name, pid in pids.items()
    }
