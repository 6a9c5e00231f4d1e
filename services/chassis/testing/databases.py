"""A database per test: migrated once into a template, cloned for each test, dropped after it."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

import services
from services.chassis.migrate import CHASSIS_MIGRATIONS, migrate
from services.chassis.provision import Dsns, Passwords, dsn, provision

_LOCK = "select pg_advisory_lock(hashtext('amends test templates'))"
_EXISTS = "select true from pg_database where datname = $1"


class Templates:
    """Migrated databases on one server, one per service and state of its migrations; kept between runs."""

    def __init__(self, superuser_url: str) -> None:
        self._url = superuser_url
        self._ready: dict[str, str] = {}

    async def clone(self, service: str) -> Dsns:
        """A new database with the migrations of `service` ("chassis": the chassis's own alone)."""
        template = self._ready.get(service) or await self._build(service)
        self._ready[service] = template
        name = f"amends_test_{service}_{os.getpid()}_{secrets.token_hex(4)}"
        owner, app, system = (f"amends_test_{service}_{kind}" for kind in ("owner", "app", "system"))
        admin = await asyncpg.connect(self._url)
        try:
            # file_copy: half the work of the default, which writes the whole template into the log too
            await admin.execute(
                f'create database "{name}" owner "{owner}" template "{template}" strategy file_copy'
            )
            await admin.execute(f'revoke all on database "{name}" from public')
            await admin.execute(f'grant connect on database "{name}" to "{owner}", "{app}", "{system}"')
        finally:
            await admin.close()
        passwords = self._passwords(service)
        return Dsns(
            owner=dsn(self._url, owner, passwords.owner, name),
            app=dsn(self._url, app, passwords.app, name),
            system=dsn(self._url, system, passwords.system, name),
        )

    async def drop(self, dsns: Dsns) -> None:
        """Remove a clone, also when a test left connections to it behind."""
        admin = await asyncpg.connect(self._url)
        try:
            await admin.execute(f'drop database if exists "{urlsplit(dsns.owner).path[1:]}" with (force)')
        finally:
            await admin.close()

    async def _build(self, service: str) -> str:
        """Make the template unless an earlier or concurrent run did; renamed last, so that it is whole or
        absent.
        """
        folder = migrations_of(service)
        template = f"amends_test_{service}_{_digest(folder)}"
        admin = await asyncpg.connect(self._url)
        try:
            await admin.execute(_LOCK)
            half = f"{template}_half"
            await admin.execute(f'drop database if exists "{half}" with (force)')
            if not await admin.fetchval(_EXISTS, template):
                dsns = await provision(self._url, f"test_{service}", self._passwords(service), database=half)
                await migrate(dsns.owner, folder)
                await admin.execute(f'alter database "{half}" rename to "{template}"')
        finally:
            await admin.close()
        return template

    def _passwords(self, service: str) -> Passwords:
        """The same for every run against one server: roles are shared, and runs may overlap."""
        secret = urlsplit(self._url).password or "none"
        kinds = ("owner", "app", "system")
        return Passwords(
            *(hashlib.sha256(f"{secret}/{service}/{kind}".encode()).hexdigest() for kind in kinds)
        )


def migrations_of(service: str) -> Path | None:
    """The folder of a service's migrations; None for the chassis, whose own are always applied."""
    if service == "chassis":
        return None
    return Path(services.__file__).resolve().parent / service / "migrations"


def database_url(superuser_url: str, database: str) -> str:
    """The superuser's address of another database on the same server."""
    parts = urlsplit(superuser_url)
    return urlunsplit((parts.scheme, parts.netloc, f"/{database}", parts.query, ""))


def _digest(folder: Path | None) -> str:
    """Of everything the template is made from."""
    files = sorted(CHASSIS_MIGRATIONS.glob("*.sql")) + (sorted(folder.glob("*.sql")) if folder else [])
    made_by = hashlib.sha256()
    for file in files:
        made_by.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return made_by.hexdigest()[:12]
