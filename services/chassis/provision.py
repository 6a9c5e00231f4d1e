"""Roles and the database of one service, made by a superuser; again and again with the same result.

Per service three login roles: `amends_<service>_owner` owns the tables and is used by migrations alone,
`amends_<service>_app` works inside tenants, `amends_<service>_system` reads across them. None is a
superuser, none bypasses row-level security, and nobody else may connect to the service's database.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from services.chassis.db import Connection, retryable_losses
from services.chassis.errors import InvalidArgument

# Guards cluster-wide role changes: two at the same time fail with "tuple concurrently updated".
_LOCK = "select pg_advisory_lock(hashtext('amends provision'))"
_GROUPS = ("amends_app", "amends_system")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")

_CREATE_GROUP = "select format('create role %I nologin', $1::text)"
_CREATE_LOGIN = "select format('create role %I', $1::text)"
_SET_LOGIN = """
    select format('alter role %I login nosuperuser nobypassrls nocreatedb nocreaterole password %L',
                  $1::text, $2::text)"""
_JOIN_GROUP = "select format('grant %I to %I', $1::text, $2::text)"
# template0: a template1 that somebody added to must not leak into a service
_CREATE_DATABASE = (
    "select format('create database %I owner %I template template0 encoding ''UTF8''', $1::text, $2::text)"
)
_CLOSE_DATABASE = "select format('revoke all on database %I from public', $1::text)"
_OPEN_DATABASE = (
    "select format('grant connect on database %I to %I, %I, %I', $1::text, $2::text, $3::text, $4::text)"
)
_OWN_SCHEMA = "select format('alter schema public owner to %I', $1::text)"
_OPEN_SCHEMA = (
    "revoke all on schema public from public; grant usage on schema public to amends_app, amends_system"
)


@dataclass(frozen=True, slots=True)
class Passwords:
    """Of the three login roles of a service."""

    owner: str
    app: str
    system: str

    @classmethod
    def new(cls) -> Passwords:
        """Three random ones of 192 bits."""
        return cls(*(secrets.token_urlsafe(24) for _ in range(3)))


@dataclass(frozen=True, slots=True)
class Dsns:
    """How to connect as the owner (migrations only), the app role and the system role."""

    owner: str
    app: str
    system: str


async def provision(
    superuser_url: str, service: str, passwords: Passwords | None = None, *, database: str | None = None
) -> Dsns:
    """Create roles and database `amends_<service>` (or `database`) where missing, and set the passwords.

    Without `passwords` new ones are made, so whoever connected with older ones must learn the new.
    Raises Retryable when the server is away, InvalidArgument for a name that is not lower case letters and
    digits.
    """
    passwords = passwords or Passwords.new()
    database = database or f"amends_{service}"
    if not _NAME.fullmatch(service) or not _NAME.fullmatch(database):
        raise InvalidArgument("bad_name", "service and database names are lower case letters, digits and _")
    owner, app, system = (f"amends_{service}_{kind}" for kind in ("owner", "app", "system"))
    with retryable_losses():
        connection = await asyncpg.connect(superuser_url)
        try:
            await connection.execute(_LOCK)
            await _roles(connection, {owner: passwords.owner, app: passwords.app, system: passwords.system})
            await _run(connection, _JOIN_GROUP, "amends_app", app)
            await _run(connection, _JOIN_GROUP, "amends_system", system)
            await _database(connection, superuser_url, database, (owner, app, system))
        finally:
            await connection.close()
    return Dsns(
        owner=dsn(superuser_url, owner, passwords.owner, database),
        app=dsn(superuser_url, app, passwords.app, database),
        system=dsn(superuser_url, system, passwords.system, database),
    )


def dsn(base: str, user: str, password: str, database: str) -> str:
    """The address of `base` with another user, password and database; host, port and parameters stay."""
    parts = urlsplit(base)
    place = parts.netloc.rpartition("@")[2]
    netloc = f"{quote(user, safe='')}:{quote(password, safe='')}@{place}"
    return urlunsplit((parts.scheme, netloc, f"/{database}", parts.query, ""))


async def _roles(connection: Connection, logins: dict[str, str]) -> None:
    there = {row["rolname"] for row in await connection.fetch("select rolname from pg_roles")}
    for group in _GROUPS:
        if group not in there:
            await _run(connection, _CREATE_GROUP, group)
    for login, password in logins.items():
        if login not in there:
            await _run(connection, _CREATE_LOGIN, login)
        await _run(connection, _SET_LOGIN, login, password)


async def _database(
    connection: Connection, superuser_url: str, database: str, roles: tuple[str, str, str]
) -> None:
    if not await connection.fetchval("select true from pg_database where datname = $1", database):
        await _run(connection, _CREATE_DATABASE, database, roles[0])
    await _run(connection, _CLOSE_DATABASE, database)
    await _run(connection, _OPEN_DATABASE, database, *roles)
    parts = urlsplit(superuser_url)
    inside = await asyncpg.connect(urlunsplit((parts.scheme, parts.netloc, f"/{database}", parts.query, "")))
    try:
        await _run(inside, _OWN_SCHEMA, roles[0])
        await inside.execute(_OPEN_SCHEMA)
    finally:
        await inside.close()


async def _run(connection: Connection, template: str, *names: str) -> None:
    """Let the server quote the names (utility statements take no parameters), then run the result."""
    await connection.execute(await connection.fetchval(template, *names))
