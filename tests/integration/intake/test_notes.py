"""What a customer answered on a call, written down by the employee the provider shows in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import grpc
import grpc.aio
import pytest
from amends.common.v1 import common_pb2
from amends.intake.v1 import service_pb2 as pb
from amends.intake.v1 import service_pb2_grpc

from services.chassis import calling, rpc
from services.chassis.security import AccessRole, ApiKeys
from tests.integration.intake.conftest import TENANT, Intake
from tests.integration.intake.test_voice import CALL, JOIN

pytestmark = pytest.mark.integration

YES = common_pb2.CustomerAnswer(solved=True, recommend=9, comment="Yes, all good now", noted_by="somebody")


@asynccontextmanager
async def desk(intake: Intake, employee_id: str) -> AsyncIterator[service_pb2_grpc.IntakeServiceAsyncStub]:
    token = await ApiKeys(intake.database).create(TENANT, AccessRole.AGENT, employee_id)
    async with calling.connect(intake.grpc_target, token) as channel:
        yield service_pb2_grpc.IntakeServiceStub(channel)  # type: ignore[misc]


async def refusal(call: grpc.aio.UnaryUnaryCall) -> str:  # type: ignore[type-arg]
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return rpc.error_reason(caught.value)[0]


async def test_who_was_in_the_call_writes_the_answer_down_once_and_nobody_else_does(intake: Intake) -> None:
    await intake.twilio("voice?employee=emp-1", CALL)
    await intake.twilio("conference?employee=emp-2", JOIN)
    (complaint,) = await intake.said("ComplaintReceived")
    (joined,) = await intake.said("InteractionJoined")
    note = pb.NoteAnswerRequest(
        case_id=complaint.case_id, interaction_id=complaint.interaction_id, answer=YES
    )
    async with desk(intake, "emp-2") as mine, desk(intake, "emp-3") as stranger:
        first, again = await mine.NoteAnswer(note), await mine.NoteAnswer(note)
        assert (first.message_id, again.repeated) == (again.message_id, True)
        assert await refusal(stranger.NoteAnswer(note)) == "not_in_the_call"
        note.answer.solved = False
        assert await refusal(mine.NoteAnswer(note)) == "noted_before"
        note.answer.comment = " "
        assert await refusal(mine.NoteAnswer(note)) == "words_missing"
        note.answer.comment, note.interaction_id = "No", str(uuid4())
        assert await refusal(mine.NoteAnswer(note)) == "unknown_call"
    (said,) = await intake.said("CustomerMessageReceived")
    assert (said.customer, said.interaction_id) == (complaint.customer, complaint.interaction_id)
    assert (said.message.answer.noted_by, said.message.channel) == ("emp-2", common_pb2.CHANNEL_PHONE)
    assert said.message.occurred_at == joined.occurred_at
