"""PostgreSQL for one service: two roles, a tenant filter nobody can forget, errors that say what to do.

The app role sees only the tenants named when the transaction began (row-level security, forced, no default:
without the setting every statement fails). The system role is for infrastructure that spans tenants (relay,
due timers, key lookup) and may read and do little else.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.chassis.errors import Retryable
from services.chassis.meters import DB_CONNECTIONS, DB_OPERATION_DURATION, DB_PENDING

# What adapters get as `tx`: an asyncpg connection inside a transaction.
if TYPE_CHECKING:
    Connection: TypeAlias = PoolConnectionProxy[asyncpg.Record] | asyncpg.Connection[asyncpg.Record]
else:  # the classes are generic in their stubs alone
    Connection = PoolConnectionProxy

# Owner of rows that belong to no tenant, such as a dead letter nobody could decode.
PLATFORM_TENANT = "-"

_COMMAND_TIMEOUT_S = 30.0
_CONNECT_TIMEOUT_S = 10.0
_SYSTEM_CONNECTIONS = 4
# A plan kept since a table was empty reads the whole of it for every batch, until somebody analyses it: so
# each execution is planned for the sizes of now. Pages of tables in use are in memory, and nothing here is
# worth compiling.
_PLANNING = {"plan_cache_mode": "force_custom_plan", "random_page_cost": "1.1", "jit": "off"}

# SQLSTATE classes after which the same transaction may succeed: connection, resources, operator, system,
# serialization and deadlock, lock not available, a standby that is not yet primary.
_AWAY_CLASSES = ("08", "53", "57", "58", "40")
_AWAY_STATES = ("55P03", "25006")
_CLOSED = ("is closed", "is closing", "was closed", "connection lost", "has been released back")


class Database:
    """The pools of one process. Use `async with Database.open(...) as database`."""

    def __init__(
        self, app: asyncpg.Pool[asyncpg.Record], system: asyncpg.Pool[asyncpg.Record], system_dsn: str
    ) -> None:
        self._app = app
        self._system = system
        self._system_dsn = system_dsn
        self._name = urlsplit(system_dsn).path.removeprefix("/")

    @classmethod
    @asynccontextmanager
    async def open(
        cls, app_dsn: str, system_dsn: str, *, name: str, min_size: int = 1, max_size: int = 8
    ) -> AsyncIterator[Database]:
        """Pools for as long as the block lasts; `name` is shown in pg_stat_activity.

        Raises Retryable when the server cannot be reached.
        """
        async with AsyncExitStack() as stack:
            with retryable_losses():
                app = await _pool(app_dsn, name, min_size, max_size)
                stack.push_async_callback(_close, app)
                system = await _pool(system_dsn, f"{name}/system", 0, _SYSTEM_CONNECTIONS)
                stack.push_async_callback(_close, system)
            for end in (*_gauges(app, name), *_gauges(system, f"{name}/system")):
                stack.callback(end)
            yield cls(app, system, system_dsn)

    @asynccontextmanager
    async def transaction(
        self, tenants: Collection[str], patience_s: float | None = None
    ) -> AsyncIterator[Connection]:
        """One transaction of the app role that sees exactly `tenants`; commits unless the block raises. With
        `patience_s` none of its statements waits longer than that for what another transaction holds.

        Raises Retryable when the connection is lost, none comes free, the server is stopping, the transaction
        lost a deadlock, or its patience ended.
        """
        with retryable_losses(), self._timed("transaction"):
            opening = _opening(tuple(tenants), patience_s)
            async with (
                _acquired(self._app) as connection,
                _begun(connection, opening),
            ):
                yield connection

    @asynccontextmanager
    async def system(self) -> AsyncIterator[Connection]:
        """One transaction of the system role, across tenants; commits unless the block raises.

        Raises Retryable.
        """
        with retryable_losses(), self._timed("system"):
            async with (
                _acquired(self._system) as connection,
                connection.transaction(),
            ):
                yield connection

    async def ping(self) -> None:
        """A round trip, for health checks. Raises Retryable when the database is away."""
        async with self.system() as connection:
            await connection.fetchval("select 1")

    @contextmanager
    def _timed(self, operation: str) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            DB_OPERATION_DURATION.record(
                time.monotonic() - started,
                db_system_name="postgresql",
                db_namespace=self._name,
                db_operation_name=operation,
            )

    async def dedicated_system_connection(self, name: str) -> asyncpg.Connection[asyncpg.Record]:
        """A connection of the system role outside the pool, for LISTEN and session locks.

        The caller closes it. Raises Retryable.
        """
        with retryable_losses():
            return await asyncpg.connect(
                self._system_dsn,
                server_settings={"application_name": name},
                command_timeout=_COMMAND_TIMEOUT_S,
            )


@contextmanager
def retryable_losses() -> Iterator[None]:
    """Turn what a restarted, full or busy PostgreSQL throws into Retryable; everything else passes
    unchanged.
    """
    try:
        yield
    except asyncpg.PostgresError as error:
        state = error.sqlstate or ""
        # A statement prepared before a migration is prepared anew the next time.
        stale = isinstance(error, asyncpg.InvalidCachedStatementError)
        if stale or state.startswith(_AWAY_CLASSES) or state in _AWAY_STATES:
            raise _away(error) from error
        raise
    except (OSError, TimeoutError, asyncpg.InternalClientError) as error:
        # The last is what a connection says that was ended by the server and has not noticed yet.
        raise _away(error) from error
    except asyncpg.InterfaceError as error:
        # The class is also that of wrong arguments and misuse, which no waiting mends.
        if isinstance(error, asyncpg.DataError) or not any(word in str(error) for word in _CLOSED):
            raise
        raise _away(error) from error


# Callers that wait for a connection, by their pool's id.
_waiting: Counter[int] = Counter()


@asynccontextmanager
async def _acquired(pool: asyncpg.Pool[asyncpg.Record]) -> AsyncIterator[Connection]:
    _waiting[id(pool)] += 1
    try:
        connection = await pool.acquire(timeout=_COMMAND_TIMEOUT_S)
    finally:
        _waiting[id(pool)] -= 1
    try:
        yield connection
    finally:
        await pool.release(connection)


@asynccontextmanager
async def _begun(connection: Connection, opening: str) -> AsyncIterator[None]:
    """A transaction of `connection` from `opening` on, which begins it; commits unless the block raises."""
    try:
        await connection.execute(opening)
        yield
    except BaseException:
        if _is_open(connection):
            await connection.execute("rollback")
        raise
    await connection.execute("commit")


def _is_open(connection: Connection) -> bool:
    """Whether its transaction can be taken back; one that is lost, or whose session was ended, has nothing
    left to take back.
    """
    try:
        return not connection.is_closed() and connection.is_in_transaction()
    except asyncpg.InterfaceError:
        # The pool takes a connection back as soon as its socket says that it is lost.
        return False


@lru_cache(maxsize=1024)
def _opening(tenants: tuple[str, ...], patience_s: float | None) -> str:
    """Begins a transaction and says whom it sees, in one round trip. Parameters would cost another one, so
    the names go as hexadecimal digits: there is nothing in them to quote."""
    named = ", ".join(f"convert_from('\\x{tenant.encode().hex()}', 'UTF8')" for tenant in tenants)
    settings = [f"set_config('amends.tenants', array[{named}]::text[]::text, true)"]
    if patience_s is not None:
        settings.append(f"set_config('lock_timeout', '{int(patience_s * 1000)}ms', true)")
    return f"begin; select {', '.join(settings)}"


def _away(error: BaseException) -> Retryable:
    return Retryable("database_away", f"{type(error).__name__}: {error}")


async def _pool(dsn: str, name: str, min_size: int, max_size: int) -> asyncpg.Pool[asyncpg.Record]:
    return await asyncpg.create_pool(
        dsn,
        min_size=min_size,
        max_size=max_size,
        timeout=_CONNECT_TIMEOUT_S,
        command_timeout=_COMMAND_TIMEOUT_S,
        init=_prepare,
        reset=_leave,
        server_settings={"application_name": name, "timezone": "UTC", **_PLANNING},
    )


def _gauges(pool: asyncpg.Pool[asyncpg.Record], name: str) -> Iterator[Callable[[], None]]:
    def used() -> int:
        return pool.get_size() - pool.get_idle_size()

    yield DB_PENDING.observe(lambda: _waiting.get(id(pool), 0), db_client_connection_pool_name=name)
    for state, read in (("idle", pool.get_idle_size), ("used", used)):
        yield DB_CONNECTIONS.observe(
            read, db_client_connection_pool_name=name, db_client_connection_state=state
        )


async def _prepare(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    await connection.set_type_codec("jsonb", encoder=_to_json, decoder=json.loads, schema="pg_catalog")


async def _leave(_: asyncpg.Connection[asyncpg.Record]) -> None:
    """Nothing of a session here outlives its transaction: settings are local, locks the transaction's, nobody
    listens. So what asyncpg asks the server to reset after each use, a round trip, is left out.
    """


def _to_json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


async def _close(pool: asyncpg.Pool[asyncpg.Record]) -> None:
    """Close gently, but do not wait for a connection that never comes back."""
    try:
        async with asyncio.timeout(10):
            await pool.close()
    except TimeoutError:
        pool.terminate()
