"""`python -m services.<x> {run,serve,consume,relay,migrate}`: one main for all services."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Generic, TypeVar

from services.chassis.config import PlatformSettings
from services.chassis.probes import Health
from services.chassis.runner import Component

S = TypeVar("S", bound=PlatformSettings)


class Role(Enum):
    """What part of the service this process plays; RUN plays all."""

    RUN = "run"
    SERVE = "serve"
    CONSUME = "consume"
    RELAY = "relay"

    def plays(self, part: Role) -> bool:
        """Whether a process of this role runs `part`."""
        return self in (Role.RUN, part)


Bootstrap = Callable[[S, Role, Health], AbstractAsyncContextManager[Sequence[Component]]]


@dataclass(frozen=True)
class ServiceSpec(Generic[S]):
    """All that `main` must know: `bootstrap(settings, role, health)` opens everything and yields the components,
    in the order in which they are to be stopped (servers, consumers and timers, relay)."""

    name: str
    settings_cls: type[S]
    bootstrap: Bootstrap[S]
    migrations: Path | None = None


def main(spec: ServiceSpec[Any], argv: Sequence[str] | None = None) -> int:
    """Parse `argv`, load the settings, set up logs and telemetry, run the role; the process' exit code.

    `migrate` applies migrations with the owner DSN; when AMENDS_SUPERUSER_URL is given it provisions the service's
    roles and database first.
    """
    return 0
