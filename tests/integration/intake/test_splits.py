"""A wrong merge of two customers, taken back by an employee."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import pytest
from amends.common.v1 import common_pb2 as common
from amends.intake.v1 import service_pb2 as pb
from amends.intake.v1 import service_pb2_grpc

from services.chassis.calling import connect
from services.chassis.rpcstatus import error_reason
from services.chassis.security import AccessRole, ApiKeys
from tests.integration.intake.conftest import TENANT, Intake
from tests.integration.intake.test_identity_and_threads import send, sms

pytestmark = pytest.mark.integration
BOTH = {"phone": "+447700900123", "email": "ada@example.org"}
REASON = "Mother and daughter"
# A case that resolution began.
FOLLOWING = """
insert into conversation (tenant_id, conversation_id, customer_id, channel, is_case, tag, opened_at, origins)
select tenant_id, $2, customer_id, channel, true, '', now(), array[conversation_id]
from conversation where tenant_id = $1 and conversation_id = $3
"""


async def wrongly_merged(intake: Intake) -> tuple[Any, Any]:
    """A text message and a mail of two people, whom a third record made one; their complaints, the survivor's
    first."""
    await intake.twilio("sms", sms("SM1", "Where is my bag?"))
    await send(intake, "The roof still leaks.", headers="Message-ID: <first@x>\r\n")
    survivors, gones = await intake.said("ComplaintReceived")
    await intake.post("/v1/complaints", {"text": "Both?", "customer": BOTH}, Idempotency_Key="k")
    (merged,) = await intake.said("CustomersMerged")
    assert merged.surviving_customer_id == survivors.customer.customer_id
    return survivors, gones


async def split(
    intake: Intake, customer_id: str, *parties: common.Party, tenant: str = TENANT
) -> pb.SplitCustomersResponse:
    agent = await ApiKeys(intake.database).create(tenant, AccessRole.AGENT, employee_id="emp-7")
    wanted = pb.SplitCustomersRequest(customer_id=customer_id, parties=parties, reason=REASON)
    async with connect(intake.grpc_target, agent) as channel:
        answer: pb.SplitCustomersResponse = await service_pb2_grpc.IntakeServiceStub(channel).SplitCustomers(
            wanted
        )
        return answer


async def amends(intake: Intake, home: Path, *words: str) -> Any:
    """What the command answers as JSON."""
    token = await ApiKeys(intake.database).create(TENANT, AccessRole.AGENT, employee_id="emp-7")
    env = os.environ | {
        "AMENDS_HOME": str(home),
        "AMENDS_TOKEN": token,
        "AMENDS_INTAKE_GRPC_BIND": intake.grpc_target,
    }
    command = [sys.executable, "-m", "services.cli.main", "intake", *words, "--reason", REASON, "--json"]
    process = await asyncio.create_subprocess_exec(*command, env=env, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    return json.loads(out)


async def test_a_wrong_merge_is_taken_back_once_with_the_parties_and_cases_of_before(intake: Intake) -> None:
    survivors, gones = await wrongly_merged(intake)
    stays, gone = survivors.customer.customer_id, gones.customer.customer_id
    shown = (await intake.said("ComplaintReceived"))[2]  # its first party is the mail address
    done = await split(intake, gone)
    cases = [gones.case_id, shown.case_id]
    assert (done.surviving_customer_id, done.split, list(done.case_ids)) == (stays, True, cases)
    again = await split(intake, gone)
    assert (again.split, again.parties, again.case_ids) == (False, done.parties, done.case_ids)
    ((key, said),) = [(key, one) for kind, key, one in await intake.journal() if kind == "CustomersSplit"]
    assert key == said.surviving_customer_id == stays
    assert (said.restored_customer_id, said.reason, said.split_by) == (gone, REASON, "emp-7")
    assert [(one.kind, one.value) for one in said.parties] == [("email", BOTH["email"])]
    assert list(said.case_ids) == cases
    owners = await intake.fetch("select kind, customer_id from customer_party")
    assert {(row[0], str(row[1])) for row in owners} == {("phone", stays), ("email", gone)}


async def test_after_it_each_ones_words_go_to_their_own_case_and_no_evidence_merges_them(
    intake: Intake,
) -> None:
    _, gones = await wrongly_merged(intake)
    await split(intake, gones.customer.customer_id)
    await send(intake, "More.", headers="References: <first@x>\r\nMessage-ID: <2@x>\r\n")
    (word,) = await intake.said("CustomerMessageReceived")
    assert (word.case_id, word.customer.customer_id) == (gones.case_id, gones.customer.customer_id)
    await intake.post("/v1/complaints", {"text": "Once more", "customer": BOTH}, Idempotency_Key="l")
    assert len(await intake.said("CustomersMerged")) == 1
    assert len(await intake.fetch("select distinct customer_id from customer_party")) == 2


async def test_a_case_begun_since_the_merge_goes_with_whose_word_began_it(intake: Intake) -> None:
    survivors, gones = await wrongly_merged(intake)
    await send(intake, "Another leak.", headers="Message-ID: <third@x>\r\n")
    await intake.post(
        "/v1/complaints", {"text": "Mine", "customer": {"phone": BOTH["phone"]}}, Idempotency_Key="n"
    )
    *_, since, others = await intake.said("ComplaintReceived")
    assert since.customer.customer_id == others.customer.customer_id == survivors.customer.customer_id
    async with intake.database.transaction([TENANT]) as tx:
        await tx.execute(FOLLOWING, TENANT, uuid4(), gones.case_id)
    done = await split(intake, gones.customer.customer_id)
    assert {gones.case_id, since.case_id} <= {*done.case_ids}
    (following,) = await intake.fetch("select customer_id from conversation where origins <> '{}'")
    assert str(following["customer_id"]) == gones.customer.customer_id
    assert not {survivors.case_id, others.case_id} & {*done.case_ids}


async def test_a_party_that_came_since_goes_along_when_it_is_named(intake: Intake, tmp_path: Path) -> None:
    _, gones = await wrongly_merged(intake)
    card = {"email": BOTH["email"], "crm_id": "77"}
    await intake.post("/v1/complaints", {"text": "Mine", "customer": card}, Idempotency_Key="m")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await split(intake, gones.customer.customer_id, common.Party(kind="crm", value="78"))
    assert error_reason(refused.value)[0] == "not_the_survivors"
    told = await amends(intake, tmp_path, "split", gones.customer.customer_id, "--party", "crm:77")
    back = [(one["kind"], one["value"]) for one in told["parties"]]
    assert (told["split"], back) == (True, [("crm", "77"), ("email", BOTH["email"])])


async def test_who_was_never_merged_or_is_another_tenants_is_not_split(intake: Intake) -> None:
    survivors, gones = await wrongly_merged(intake)
    with pytest.raises(grpc.aio.AioRpcError) as never:
        await split(intake, survivors.customer.customer_id)
    assert (never.value.code(), error_reason(never.value)[0]) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "not_merged",
    )
    with pytest.raises(grpc.aio.AioRpcError) as strange:
        await split(intake, gones.customer.customer_id, tenant="meadow")
    assert strange.value.code() is grpc.StatusCode.NOT_FOUND
    assert await intake.said("CustomersSplit") == []
