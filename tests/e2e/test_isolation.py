"""Nobody without a right key learns or changes anything, and no tenant ever sees another's; by every method.

The matrix is read from the served contracts: every gRPC method and REST operation times every wrong caller.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg
import grpc
import grpc.aio
import pytest
import pytest_asyncio
from amends.resolution.v1 import service_pb2 as resolution
from amends.resolution.v1 import service_pb2_grpc as resolution_grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2_grpc

from services.chassis.db import Database
from services.chassis.security import AccessRole, ApiKeys, Scope, key_id_of, new_token
from services.chassis.testing.waiting import wait_for
from services.standalone.demo.clients import Clients, Secrets
from services.standalone.layout import SERVICES
from tests.e2e.conftest import House
from tests.e2e.support_calls import Method, Operation, methods, operations
from tests.e2e.support_platform import Platform

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]

Code = grpc.StatusCode
METHODS = list(methods())
CUSTOMER = "private-customer@example.org"
SECRET_WORDS = "Confidential-Wet-Seat-7421"
# What even the least of keys may do: attempts that were refused are there for the audit.
OPEN_TO = {
    "resolution.ListRefusals": {"auditor with audit:read"},
    # A CRM tells of a customer; it hears nothing of a case that it does not know.
    "followup.RecordAdvocacy": {"agent with feedback:write", "ada with feedback:write"},
}
# Harbour follows what ships and has no versions of its own.
NOTHING_THERE = {
    "resolution.GetPlaybook": Code.NOT_FOUND, "resolution.DiffPlaybooks": Code.NOT_FOUND,
    # windows of a second are none
    "metrics.Query": Code.INVALID_ARGUMENT, "metrics.Watch": Code.INVALID_ARGUMENT,
}  # fmt: skip
# What an address that is not the caller's own business may answer; a list may also be empty.
HIDDEN = {Code.NOT_FOUND, Code.PERMISSION_DENIED}
ALL_TABLES = "select tablename from pg_tables where schemaname = 'public' order by tablename"
_WHOLE = 'select t::text as whole from "{}" t'
PLANT = """
insert into api_key (key_id, tenant_id, secret_sha256, role, scopes) values ($1, 'harbour', $2, 'agent', '{}')
"""
TENANT_TABLES = """
select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as protected
from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
where n.nspname = 'public' and c.relkind in ('r', 'p') and a.attname = 'tenant_id' and not a.attisdropped
order by c.relname
"""


@dataclass(frozen=True, slots=True)
class Scene:
    """A case of harbour that meadow must never see, and the keys of those who try."""

    platform: Platform
    case: resolution.Case
    known: Mapping[str, str]  # field name to a value of harbour's, for requests
    strangers: Mapping[str, str | None]  # authorization headers that are nobody's
    powerless: Mapping[str, str]  # harbour's own keys whose role is too low, for whatever there is
    meadow: Mapping[str, str]  # meadow's keys, of every role
    staff: frozenset[str]  # harbour's employees
    channels: Mapping[str, grpc.aio.Channel]  # one to each service; a call brings its own key

    @property
    def marks(self) -> tuple[str, ...]:
        """Words that only harbour's data holds."""
        return (self.case.case_id, CUSTOMER, SECRET_WORDS, self.case.customer.customer_id)

    def leaks(self, answer: object) -> list[str]:
        """Which of harbour's words an answer holds."""
        shown = answer.SerializeToString() if hasattr(answer, "SerializeToString") else str(answer).encode()
        return [mark for mark in self.marks if mark.encode() in shown]

    async def ask(self, method: Method, authorization: str | None) -> tuple[Code, object]:
        """The code of a call about harbour's case, and what came with it."""
        channel = self.channels[method.service]
        try:
            return Code.OK, await method.call(channel, method.request(self.known), authorization)
        except grpc.aio.AioRpcError as error:
            trailers = [value for _, value in error.trailing_metadata() or ()]
            return error.code(), f"{error.details()} {trailers}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(house: House) -> AsyncIterator[Scene]:
    running = house.platform
    harbour, meadow = running.harbour, running.meadow
    case = await running.complain(harbour, CUSTOMER, SECRET_WORDS)
    await wait_for(
        lambda: house.mails.to(CUSTOMER), 30, what="follow-up to know, and so acknowledge, the case"
    )
    owner = case.owner.employee_id
    other = next(name for name in harbour.employees if name != owner)
    known = {"case_id": case.case_id, "kind": "email", "value": CUSTOMER, "employee_id": owner}
    known |= {"owner_id": owner, "to_employee_id": other, "language": "en"}
    known |= {"playbook_id": "amends", "day": "2026-03-01"}
    known |= {"hand_off_id": secrets.token_hex(16), "message_id": case.last_customer_message_id}
    async with AsyncExitStack() as open_:
        channels = {
            service: await open_.enter_async_context(grpc.aio.insecure_channel(running.stack.grpc(service)))
            for service in SERVICES
        }
        yield Scene(
            running, case, known, await _strangers(running), await _powerless(running),
            {
                **{f"employee {name}": token for name, token in meadow.employees.items()},
                **{str(role): await running.keys.create(meadow.name, role) for role in AccessRole},
            },
            await _staff(running), channels,
        )  # fmt: skip


async def _staff(running: Platform) -> frozenset[str]:
    async with running.channel("resolution", running.harbour.supervisor) as channel:
        stub = resolution_grpc.ResolutionServiceStub(channel)
        staff = await stub.ListEmployees(resolution.ListEmployeesRequest())
        return frozenset(one.employee_id for one in staff.employees)


async def _strangers(running: Platform) -> dict[str, str | None]:
    harbour = running.harbour
    revoked = await running.keys.create(harbour.name, AccessRole.SUPERVISOR)
    await running.keys.revoke(harbour.name, key_id_of(revoked))
    expired = new_token()
    for service in SERVICES:
        dsns = running.stack.databases[service]
        async with Database.open(dsns.app, dsns.system, name="test", max_size=1) as database:
            past = datetime.now(UTC) - timedelta(seconds=1)
            await ApiKeys(database).create(
                harbour.name, AccessRole.SUPERVISOR, expires_at=past, token=expired
            )
    right = harbour.supervisor
    return {
        "no key": None,
        "an empty key": "Bearer ",
        "an unknown key": f"Bearer {new_token()}",
        "a known key with another secret": f"Bearer {right[:20]}{new_token()[20:]}",
        "an expired key": f"Bearer {expired}",
        "a revoked key": f"Bearer {revoked}",
        "another scheme": f"Basic {right}",
        "a key without its scheme": right,
        "no key at all": "Bearer ak_' or true --",
    }


async def _powerless(running: Platform) -> dict[str, str]:
    harbour = running.harbour
    narrow = {
        AccessRole.AUDITOR: [Scope.AUDIT_READ],
        AccessRole.INTEGRATION: [Scope.EVENTS_READ],
        AccessRole.AGENT: [Scope.FEEDBACK_WRITE],
    }
    made = {
        f"{role} with {scopes[0]}": await running.keys.create(harbour.name, role, scopes=scopes)
        for role, scopes in narrow.items()
    }
    # An employee's own key: what is about themselves needs a right too.
    ada = await running.keys.create(harbour.name, AccessRole.AGENT, "ada", [Scope.FEEDBACK_WRITE])
    return {**made, "ada with feedback:write": ada}


async def test_the_request_of_the_matrix_reaches_every_method_with_the_right_key(scene: Scene) -> None:
    """Otherwise the refusals below would say nothing: each method must get past the question who asks."""
    owner = scene.platform.harbour.employees[scene.case.owner.employee_id]
    answered = {method.name: (await scene.ask(method, f"Bearer {owner}"))[0] for method in METHODS}
    assert len(answered) >= 30
    assert not [name for name, code in answered.items() if code is Code.UNAUTHENTICATED]
    shown = {
        method.name
        for method in METHODS
        if method.shows and answered[method.name] is not NOTHING_THERE.get(method.name, Code.OK)
    }
    assert not shown, {name: answered[name] for name in shown}


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
async def test_nobody_without_a_valid_key_is_answered(scene: Scene, method: Method) -> None:
    for who, authorization in scene.strangers.items():
        code, told = await scene.ask(method, authorization)
        assert (who, code) == (who, Code.UNAUTHENTICATED)
        assert not scene.leaks(told)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
async def test_a_key_without_the_right_is_denied(scene: Scene, method: Method) -> None:
    for who, token in scene.powerless.items():
        code, told = await scene.ask(method, f"Bearer {token}")
        expected = Code.OK if who in OPEN_TO.get(method.name, ()) else Code.PERMISSION_DENIED
        assert (who, code) == (who, expected)
        assert not scene.leaks(told)


@pytest.mark.parametrize(
    "method", [method for method in METHODS if not method.shows], ids=lambda method: method.name
)
async def test_who_may_only_read_changes_nothing(scene: Scene, method: Method) -> None:
    auditor = await scene.platform.keys.create(scene.platform.harbour.name, AccessRole.AUDITOR)
    assert (await scene.ask(method, f"Bearer {auditor}"))[0] is Code.PERMISSION_DENIED


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
async def test_another_tenants_key_finds_nothing_of_it(scene: Scene, method: Method) -> None:
    for who, token in scene.meadow.items():
        code, told = await scene.ask(method, f"Bearer {token}")
        assert not scene.leaks(told), who
        if method.names_a_case and not (method.shows and code is Code.OK):
            assert code in HIDDEN, (who, code, told)


async def test_nothing_of_it_changed_by_all_of_that(scene: Scene) -> None:
    """Runs after the matrix of this module: whatever was refused must have left no trace."""
    now = await scene.platform.opened(scene.platform.harbour, scene.case.case_id)
    assert (now.owner, now.helpers, now.pending_hand_off) == (
        scene.case.owner,
        scene.case.helpers,
        scene.case.pending_hand_off,
    )
    assert await _staff(scene.platform) == scene.staff


async def test_a_method_nobody_registered_is_unknown_and_health_tells_nothing(scene: Scene) -> None:
    for service in SERVICES:
        async with grpc.aio.insecure_channel(scene.platform.stack.grpc(service)) as channel:
            unknown = channel.unary_unary(f"/amends.{service}.v1.Nothing/Get")
            with pytest.raises(grpc.aio.AioRpcError) as told:
                await unknown(b"", timeout=30)
            assert told.value.code() is Code.UNIMPLEMENTED
            health = health_pb2_grpc.HealthStub(channel)
            answer = await health.Check(health_pb2.HealthCheckRequest())
            assert not scene.leaks(answer)
            listing = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(timeout=30)
            with pytest.raises(grpc.aio.AioRpcError) as told:
                await listing.read()
            assert told.value.code() is Code.UNIMPLEMENTED, "reflection is off unless it is asked for"


# ------------------------------------------------------------------------------------------------- REST
async def test_rest_tells_a_stranger_nothing(scene: Scene) -> None:
    for operation in await _operations(scene):
        for who, authorization in scene.strangers.items():
            status, told = await _rest(scene, operation, authorization)
            assert (operation, who, status) == (operation, who, 401)
            assert not scene.leaks(told)


async def test_what_is_open_to_anybody_is_for_visitors_of_pages_and_shows_nothing(scene: Scene) -> None:
    """Whoever posts to them is checked by origin and rate; what nobody registered is not there."""
    found = await _operations(scene, guard="")
    answered = {}
    for operation in found:
        answered[operation.path], told = await _rest(scene, operation, None)
        assert not scene.leaks(told)
    assert answered == {
        "/v1/forms/{tenant}/{form}": 404,
        "/v1/answers/{tenant}/{token}": 404,
        "/v1/chat/widget.js": 200,
        "/v1/chat/{tenant}/{account}/sessions": 404,
    }


@pytest.mark.parametrize("guard", ["chatSession", "ownSignature"])
async def test_no_api_key_stands_for_a_visitors_session_or_our_own_signature(
    scene: Scene, guard: str
) -> None:
    found = await _operations(scene, guard=guard)
    keys = {**scene.strangers, **{who: f"Bearer {token}" for who, token in scene.powerless.items()}}
    keys["the supervisor's"] = f"Bearer {scene.platform.harbour.supervisor}"
    assert found
    for operation in found:
        for who, authorization in keys.items():
            status, told = await _rest(scene, operation, authorization)
            assert (operation, who, status) in {(operation, who, 401), (operation, who, 404)}
            assert not scene.leaks(told)


async def test_rest_denies_a_key_without_the_right(scene: Scene) -> None:
    for operation in await _operations(scene):
        for who, token in scene.powerless.items():
            status, told = await _rest(scene, operation, f"Bearer {token}")
            assert (operation, who, status) == (operation, who, 403)
            assert not scene.leaks(told)


async def test_rest_finds_nothing_of_another_tenant(scene: Scene) -> None:
    for operation in await _operations(scene):
        for who, token in scene.meadow.items():
            status, told = await _rest(scene, operation, f"Bearer {token}")
            assert not scene.leaks(told)
            if operation.names_a_case:
                assert (operation, who, status) in {(operation, who, 404), (operation, who, 403)}
    # What meadow's keys did create is meadow's: the same address there is another person.
    ours = await scene.platform.cases_of(scene.platform.harbour, "email", CUSTOMER)
    assert ours == [scene.case.case_id]


async def _operations(scene: Scene, guard: str = "apiKey") -> list[Operation]:
    async with scene.platform.session.get(
        f"{scene.platform.stack.url('intake.http')}/openapi.json"
    ) as answer:
        found = [each for each in operations(await answer.json()) if each.guard == guard]
    assert guard != "apiKey" or len(found) >= 3
    return found


async def _rest(scene: Scene, operation: Operation, authorization: str | None) -> tuple[int, str]:
    headers = {"Content-Type": "application/json", "Idempotency-Key": secrets.token_hex(8)}
    if authorization is not None:
        headers["Authorization"] = authorization
    body = json.dumps({"text": "Mine", "customer": {"email": CUSTOMER}}) if operation.body else None
    url = operation.url(scene.platform.stack.url("intake.http"), scene.case.case_id)
    async with scene.platform.session.request(operation.method, url, data=body, headers=headers) as answer:
        return answer.status, str(answer.headers) + await answer.text()


# ------------------------------------------------------------------------------------------------- hooks
async def test_one_tenants_provider_secrets_open_no_hook_of_the_other(scene: Scene) -> None:
    harbour, meadow = scene.platform.harbour, scene.platform.meadow
    for ours, theirs in ((harbour, meadow), (meadow, harbour)):
        sender = Clients(
            scene.platform.session,
            theirs.accounts,
            Secrets(ours.twilio_token, ours.meta_secret, ours.shop),
            http=scene.platform.stack.url("intake.http"),
            smtp="",
            tenant=theirs.name,
        )
        sms, whatsapp = sender.sms("+447700900123", "Hi")[1], sender.whatsapp("+447700900123", "Eve", "Hi")[1]
        for post in (sms, whatsapp, sender.messenger("4711", "Hi")[1]):
            assert (await sender.send(post)).code == 401
        url = f"{sender.hook('whatsapp')}?hub.mode=subscribe&hub.challenge=1&hub.verify_token="
        for token, status in ((ours.verify_token, 403), ("", 403), (theirs.verify_token, 200)):
            async with scene.platform.session.get(url + token) as answer:
                assert answer.status == status
    assert not await scene.platform.cases_of(harbour, "phone", "+447700900123")
    assert not await scene.platform.cases_of(meadow, "phone", "+447700900123")


# ------------------------------------------------------------------------------------------------- storage
@pytest.mark.parametrize("service", SERVICES)
async def test_the_services_database_role_sees_nothing_without_a_tenant(scene: Scene, service: str) -> None:
    """A statement that would touch a row fails; asked of every table that has one."""
    dsns = scene.platform.stack.databases[service]
    async with _connected(dsns.app) as app, _connected(dsns.system) as system:
        tables = await app.fetch(TENANT_TABLES)
        assert not [row["name"] for row in tables if not row["protected"]]
        filled = [row["name"] for row in tables if await system.fetchval(_count(row["name"]))]
        assert "api_key" in filled
        for table in filled:
            with pytest.raises(asyncpg.UndefinedObjectError, match=r"amends\.tenants"):
                await app.fetchval(_count(table))
        for role in ("amends_system", f"amends_{service}_owner"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.execute(f"set role {role}")
        await app.execute("set row_security = off")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.fetchval(_count("api_key"))


@pytest.mark.parametrize("service", SERVICES)
async def test_a_transaction_of_one_tenant_sees_and_writes_no_row_of_another(
    scene: Scene, service: str
) -> None:
    dsns = scene.platform.stack.databases[service]
    async with Database.open(dsns.app, dsns.system, name="test", max_size=1) as database:
        async with database.transaction([]) as tx:
            tables = [row["name"] for row in await tx.fetch(TENANT_TABLES)]
            assert not [table for table in tables if await tx.fetchval(_count(table))]
        async with database.transaction(["meadow"]) as tx:
            for table in tables:
                assert (table, await tx.fetchval(f"{_count(table)} where tenant_id <> 'meadow'")) == (
                    table,
                    0,
                )
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.transaction(["meadow"]) as tx:
                await tx.execute(PLANT, secrets.token_hex(8), bytes(32))
        async with database.transaction(["meadow"]) as tx:
            moved = await tx.execute("update api_key set tenant_id = 'meadow' where tenant_id = 'harbour'")
            assert moved == "UPDATE 0"


async def test_the_shared_tables_hold_nothing_of_a_customer(scene: Scene) -> None:
    """What has no tenant column is infrastructure: read as the role that sees all of it."""
    for service in SERVICES:
        async with _connected(scene.platform.stack.databases[service].owner) as connection:
            protected = {row["name"] for row in await connection.fetch(TENANT_TABLES)}
            for row in await connection.fetch(ALL_TABLES):
                if row["tablename"] not in protected:
                    rows = await connection.fetch(_WHOLE.format(row["tablename"]))
                    shown = " ".join(one["whole"] for one in rows)
                    assert not scene.leaks(shown), (service, row["tablename"])


def _count(table: str) -> str:
    return f'select count(*) from "{table}"'  # noqa: S608 - names from pg_class


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


async def test_the_open_admin_port_names_no_tenant_and_no_customer(scene: Scene) -> None:
    for service in SERVICES:
        for path in ("metrics", "livez", "readyz", "startupz"):
            url = f"{scene.platform.stack.url(f'{service}.admin')}/{path}"
            async with scene.platform.session.get(url) as answer:
                told = await answer.text()
            assert not scene.leaks(told)
            assert not [name for name in ("harbour", "meadow") if name in told], (service, path)


async def test_a_revoked_key_that_was_in_use_ends_everywhere(scene: Scene) -> None:
    """Other processes remember a right answer for some seconds, and no longer."""
    token = await scene.platform.keys.create(scene.platform.harbour.name, AccessRole.SUPERVISOR)
    shown = [method for method in METHODS if method.shows]
    for method in shown:
        assert (await scene.ask(method, f"Bearer {token}"))[0] is not Code.UNAUTHENTICATED
    await scene.platform.keys.revoke(scene.platform.harbour.name, key_id_of(token))

    async def told(some: Iterable[Method]) -> set[Code]:
        return {(await scene.ask(method, f"Bearer {token}"))[0] for method in some}

    async def ended() -> bool:
        return await told({method.service: method for method in shown}.values()) == {Code.UNAUTHENTICATED}

    await wait_for(ended, ApiKeys.CACHE_S + 10, what="the key's end in every service")
    assert await told(shown) == {Code.UNAUTHENTICATED}
