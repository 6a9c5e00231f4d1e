"""`python -m services.<x> {run,serve,consume,relay,migrate}`: one main for all services."""

from __future__ import annotations

import argparse
import gc
import os
import resource
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import unquote, urlsplit

import uvloop

from services.chassis import http, log, providers
from services.chassis.config import PlatformSettings, load
from services.chassis.errors import AmendsError, ConfigError
from services.chassis.migrate import migrate
from services.chassis.probes import Health, admin_app
from services.chassis.provision import Passwords, provision
from services.chassis.runner import Component, run

S = TypeVar("S", bound=PlatformSettings)

# sysexits: a supervisor need not restart what no restart can heal.
EXIT_CONFIG = 78
EXIT_INTERRUPTED = 130
MIGRATE = "migrate"
_LEAVE_S = 10.0
_MOST_FILES = 65_536


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
    """All that `main` must know of a service.

    `bootstrap(settings, role, health)` opens everything and yields the components in the order in which they
    are to be stopped: servers, consumers and timers, the relay.
    """

    name: str
    settings_cls: type[S]
    bootstrap: Bootstrap[S]
    migrations: Path | None = None


def main(
    spec: ServiceSpec[Any], argv: Sequence[str] | None = None, env: Mapping[str, str] | None = None
) -> int:
    """Parse `argv`, load the settings, set up logs and telemetry, play the role; the process' exit code.

    0 after a clean end, 1 after a failure, 78 for wrong settings, 130 when interrupted before it ran.
    `migrate` applies migrations with the owner DSN; given AMENDS_SUPERUSER_URL it first makes the service's
    roles and database, with the passwords that the three DSNs carry.
    """
    role = _arguments(spec, argv).role
    try:
        settings = load(spec.settings_cls, os.environ if env is None else env)
        log.setup(spec.name, settings.log_level)
    except ConfigError as failure:
        print(f"{spec.name}: {failure.detail}", file=sys.stderr)  # noqa: T201 - before there is a log
        return EXIT_CONFIG
    open_many_files()
    with providers.setup(spec.name, settings), _leaving_in_time() as end:
        return _loop(_migrate(spec, settings) if role == MIGRATE else _play(spec, settings, Role(role), end))


def open_many_files() -> None:
    """Every connection is an open file, and a shell's usual limit is 1,024: take what the machine allows.
    Only programs that call select(2) need the low one; none of ours does.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _arguments(spec: ServiceSpec[Any], argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(f"python -m services.{spec.name}")
    roles = [role.value for role in Role] + ([MIGRATE] if spec.migrations is not None else [])
    parser.add_argument("role", choices=roles, help="what this process plays")
    return parser.parse_args(argv)


def _loop(work: Coroutine[Any, Any, int]) -> int:
    logger = log.get_logger(__name__)
    try:
        return uvloop.run(work)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except ConfigError as failure:
        logger.error("the settings cannot work", rule=failure.rule, error=failure)
        return EXIT_CONFIG
    except AmendsError as failure:
        logger.error("could not go on", rule=failure.rule, error=failure)
        return 1
    except Exception:
        logger.exception("the process failed")
        return 1


async def _play(
    spec: ServiceSpec[Any], settings: PlatformSettings, role: Role, end: Callable[[], None]
) -> int:
    health = Health()
    admin = http.serve(admin_app(health), settings.admin_host, settings.admin_port, name="admin")
    async with admin, spec.bootstrap(settings, role, health) as components:
        calm_collector()
        code = await run(
            spec.name, components, health, grace_s=settings.grace_s, pre_stop_s=settings.pre_stop_s
        )
        end()
        return code


@contextmanager
def _leaving_in_time() -> Iterator[Callable[[], None]]:
    """What was given has stopped or was cut off; then a library that waits for a server which is away must
    not keep the process: from the call on, it has _LEAVE_S to close what is still open.
    """
    timer = threading.Timer(_LEAVE_S, os._exit, (1,))
    timer.daemon = True
    try:
        yield timer.start
    finally:
        timer.cancel()


def calm_collector() -> None:
    """Look for cycles less often: batches of events are many small objects and none is in a cycle.

    Measured per event, garbage collected every 700 against every 50,000 objects: relay 25 -> 14 us of CPU,
    consumer 42 -> 31 us. What is there after the start stays, and is not looked at again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


async def _migrate(spec: ServiceSpec[Any], settings: PlatformSettings) -> int:
    owner_dsn = settings.owner_dsn
    if settings.superuser_url:
        owner_dsn = (await provision(settings.superuser_url, spec.name, _passwords(settings))).owner
    if not owner_dsn:
        raise ConfigError("no_owner_dsn", f"AMENDS_{spec.name.upper()}_OWNER_DSN must be set to migrate")
    applied = await migrate(owner_dsn, spec.migrations)
    logger = log.get_logger(__name__)
    for migration in applied:
        logger.info("migration applied", service=spec.name, migration=migration)
    logger.info("migrated", service=spec.name, count=len(applied))
    return 0


def _passwords(settings: PlatformSettings) -> Passwords:
    """What the services will connect with is what their roles are given."""
    found = [_password(dsn) for dsn in (settings.owner_dsn, settings.app_dsn, settings.system_dsn)]
    if not all(found):
        raise ConfigError("no_passwords", "to provision, the owner, app and system DSN must carry passwords")
    return Passwords(*found)


def _password(dsn: str) -> str:
    return unquote(urlsplit(dsn).password or "")
