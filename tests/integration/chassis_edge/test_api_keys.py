"""API keys in a real database: shown once, hashed, tenant-bound, ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from services.chassis.clock import ManualClock
from services.chassis.db import Database
from services.chassis.errors import Conflict, InvalidArgument, NotFound, Unauthenticated
from services.chassis.security import ApiKeys, Scope, key_id_of, new_token

pytestmark = pytest.mark.integration

DatabaseFor = Callable[[str], Awaitable[Database]]
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Watch:
    """A monotonic clock that stands still."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


async def test_the_token_of_a_new_key_names_its_holder(database_for: DatabaseFor) -> None:
    keys = ApiKeys(await database_for("chassis"))
    token = await keys.create("acme", "agent", "e7")
    found = await keys.authenticate(token)
    assert (found.tenant_id, found.role, found.employee_id) == ("acme", "agent", "e7")
    assert Scope.CASES_WORK in found.scopes
    assert found.key_id == key_id_of(token)


async def test_no_secret_is_stored(database_for: DatabaseFor) -> None:
    database = await database_for("chassis")
    token = await ApiKeys(database).create("acme", "agent")
    async with database.system() as connection:
        rows = await connection.fetch("select * from api_key")
    assert len(rows) == 1
    assert token[20:] not in repr(rows)


async def test_a_key_does_no_more_than_it_was_given(database_for: DatabaseFor) -> None:
    keys = ApiKeys(await database_for("chassis"))
    token = await keys.create("acme", "integration", None, [Scope.COMPLAINTS_CREATE])
    assert (await keys.authenticate(token)).scopes == {"complaints:create"}
    with pytest.raises(InvalidArgument, match="scope_beyond_role"):
        await keys.create("acme", "integration", None, [Scope.REMEDIES_GRANT])
    with pytest.raises(InvalidArgument, match="unknown_role"):
        await keys.create("acme", "owner")


async def test_unknown_wrong_expired_and_revoked_are_told_alike(database_for: DatabaseFor) -> None:
    clock = ManualClock(NOON)
    keys = ApiKeys(await database_for("chassis"), clock=clock)
    expiring = await keys.create("acme", "agent", expires_at=NOON + timedelta(hours=1))
    revoked = await keys.create("acme", "agent")
    await keys.authenticate(expiring)
    await keys.authenticate(revoked)
    clock.advance(timedelta(hours=1))
    await keys.revoke("acme", key_id_of(revoked))
    wrong = expiring[:-3] + ("aaa" if expiring[-3:] != "aaa" else "bbb")
    told = set()
    for token in (new_token(), wrong, expiring, revoked):
        with pytest.raises(Unauthenticated) as refused:
            await keys.authenticate(token)
        told.add(str(refused.value))
    assert len(told) == 1


async def test_a_wrong_secret_is_refused_also_while_the_key_is_remembered(database_for: DatabaseFor) -> None:
    keys = ApiKeys(await database_for("chassis"))
    token = await keys.create("acme", "agent")
    await keys.authenticate(token)
    with pytest.raises(Unauthenticated):
        await keys.authenticate(token[:21] + token[21:][::-1])
    await keys.authenticate(token)


async def test_another_process_forgets_a_revoked_key_in_ten_seconds(database_for: DatabaseFor) -> None:
    database, watch = await database_for("chassis"), Watch()
    here, there = ApiKeys(database), ApiKeys(database, monotonic=watch)
    token = await here.create("acme", "agent")
    await there.authenticate(token)
    await here.revoke("acme", key_id_of(token))
    watch.seconds = 9.9
    await there.authenticate(token)
    watch.seconds = 10.0
    with pytest.raises(Unauthenticated):
        await there.authenticate(token)


async def test_what_is_remembered_is_bounded(
    database_for: DatabaseFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ApiKeys, "CACHE_SIZE", 2)
    keys = ApiKeys(await database_for("chassis"))
    tokens = [await keys.create("acme", "agent") for _ in range(3)]
    for token in [*tokens, tokens[0]]:
        await keys.authenticate(token)
    assert list(keys._cache) == [key_id_of(token) for token in (tokens[2], tokens[0])]


async def test_a_tenant_cannot_end_anothers_key(database_for: DatabaseFor) -> None:
    keys = ApiKeys(await database_for("chassis"))
    token = await keys.create("acme", "agent")
    with pytest.raises(NotFound):
        await keys.revoke("other", key_id_of(token))
    assert (await keys.authenticate(token)).tenant_id == "acme"


async def test_one_token_serves_several_databases_and_can_be_given_again(database_for: DatabaseFor) -> None:
    token = new_token()
    for _ in range(2):
        keys = ApiKeys(await database_for("chassis"))
        for _ in range(2):
            assert await keys.create("acme", "agent", "e1", token=token) == token
        assert (await keys.authenticate(token)).employee_id == "e1"


async def test_the_same_id_with_anything_different_is_a_conflict(database_for: DatabaseFor) -> None:
    keys = ApiKeys(await database_for("chassis"))
    token = await keys.create("acme", "agent", "e1")
    for tenant, role, employee in (
        ("acme", "supervisor", "e1"),
        ("acme", "agent", "e2"),
        ("other", "agent", "e1"),
    ):
        with pytest.raises(Conflict):
            await keys.create(tenant, role, employee, token=token)
    await keys.revoke("acme", key_id_of(token))
    with pytest.raises(Conflict):
        await keys.create("acme", "agent", "e1", token=token)
