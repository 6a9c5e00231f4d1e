"""Idempotency keys are kept as long as the setting says, and then forgotten."""

from __future__ import annotations

from amends.resolution.v1 import events_pb2 as out
from amends.resolution.v1 import service_pb2 as pb

from services.chassis.forgetting import BATCH
from services.chassis.testing.waiting import wait_for
from tests.integration.resolution.conftest import Run
from tests.integration.resolution.driving import by_mail
from tests.integration.resolution.world import World

_OLD = """
insert into command_key (tenant_id, holder, idempotency_key, command, digest, answered_at)
select $1, 'ana', 'old-' || n, 'RecordCause', '', now() - interval '8 days'
from generate_series(1, $2::integer) as n"""

_YOUNG = "update command_key set answered_at = now() - interval '6 days' where idempotency_key = 'young'"


async def keys(world: World, tenant: str = "") -> list[str]:
    rows = await world.rows("select idempotency_key from command_key order by 1", tenant=tenant)
    return [row["idempotency_key"] for row in rows]


async def test_old_keys_of_every_tenant_go_in_batches_and_a_younger_one_still_answers(run: Run) -> None:
    async with run() as air:
        drive = await by_mail(air)
        asked = pb.RecordCauseRequest(case_id=drive.case_id, cause="No spare crew", idempotency_key="young")
        first = await drive.ana.RecordCause(asked)
        await air.rows(_OLD, "air", 2 * BATCH + 1)
        await air.rows(_OLD, "sea", 1, tenant="sea")
        await air.rows(_YOUNG)
    async with run(key_days=7.0) as air:

        async def forgotten() -> bool:
            left = [*await keys(air), *await keys(air, "sea")]
            return not any(key.startswith("old") for key in left)

        await wait_for(forgotten, what="the old keys to go")
        assert "young" in await keys(air)
        assert await (await air.desk("ana")).RecordCause(asked) == first
        assert len(await air.said(drive.case_id, out.CauseRecorded)) == 1
