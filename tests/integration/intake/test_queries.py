"""What was taken for no complaint: listed, and a case as soon as the customer or an employee says so."""

from __future__ import annotations

import asyncio

import grpc
import pytest
from amends.common.v1 import common_pb2 as common
from amends.intake.v1 import service_pb2 as pb
from amends.intake.v1 import service_pb2_grpc

from services.chassis.calling import connect
from services.chassis.clock import SystemClock
from services.chassis.db import Database
from services.chassis.ids import RandomIds
from services.chassis.security import AccessRole, ApiKeys
from services.chassis.testing.fixtures import DsnsFor
from services.intake.adapters.postgres import PostgresStore
from services.intake.adapters.queries import PostgresQueries
from services.intake.adapters.wordlists import load_classifier
from services.intake.domain.rate import SenderRate
from services.intake.domain.records import Channel, CustomerWord, Party, Source, Submission, ThreadKey
from tests.integration.intake.conftest import TENANT, Intake
from tests.integration.intake.test_identity_and_threads import sms

THANKS = "Thank you so much, the crew was wonderful"
UPSET = "And now you have lost my suitcase, this is a disgrace"


async def test_thanks_begin_no_case_and_what_comes_after_them_does(intake: Intake) -> None:
    await intake.twilio("sms", sms("SM1", THANKS))
    (query,) = await intake.said("QueryReceived")
    assert (query.classified_because, query.message.suppressed_reason) == ("assessed", "")
    assert query.message.assessment.complaint_chance < 0.2
    await intake.twilio("sms", sms("SM2", "Looking forward to my trip"))
    assert not await intake.said("ComplaintReceived")
    await intake.twilio("sms", sms("SM3", UPSET))
    (complaint,) = await intake.said("ComplaintReceived")
    assert complaint.case_id == query.conversation_id
    assert (complaint.classified_because, complaint.category) == ("assessed", "baggage")
    signals = {
        (one.aspect, complaint.message.text[one.start : one.end])
        for one in complaint.message.assessment.signals
    }
    assert ("topic:baggage", "suitcase") in signals


async def test_an_employee_turns_a_query_into_a_case_with_all_its_words_once(intake: Intake) -> None:
    for number, text in enumerate((THANKS, "Can I bring my dog next time?")):
        await intake.twilio("sms", sms(f"SM{number}", text))
    agent = await ApiKeys(intake.database).create(TENANT, AccessRole.AGENT, employee_id="emp-7")
    async with connect(intake.grpc_target, agent) as channel:
        stub = service_pb2_grpc.IntakeServiceStub(channel)
        (item,) = (await stub.ListQueries(pb.ListQueriesRequest())).items
        assert (item.message.text, item.classified_because) == (THANKS, "assessed")
        wanted = pb.ConvertToComplaintRequest(conversation_id=item.conversation_id, reason="meant ironically")
        assert (await stub.ConvertToComplaint(wanted)).converted
        assert not (await stub.ConvertToComplaint(wanted)).converted
        assert not (await stub.ListQueries(pb.ListQueriesRequest())).items
        listed = await stub.ListMessages(pb.ListMessagesRequest(case_id=item.conversation_id))
        assert THANKS in [one.text for one in listed.messages]
    (complaint,) = await intake.said("ComplaintReceived")
    (word,) = await intake.said("CustomerMessageReceived")
    assert (complaint.case_id, complaint.message) == (item.conversation_id, item.message)
    assert (complaint.converted_by, complaint.converted_reason) == ("emp-7", "meant ironically")
    assert complaint.severity == common.SEVERITY_NORMAL
    assert (word.case_id, word.message.text) == (complaint.case_id, "Can I bring my dog next time?")
    await intake.twilio("sms", sms("SM9", "Hello?"))
    assert [one.case_id for one in await intake.said("CustomerMessageReceived")] == [complaint.case_id] * 2


async def test_queries_of_others_are_neither_seen_nor_converted(intake: Intake) -> None:
    await intake.twilio("sms", sms("SM1", THANKS))
    (query,) = await intake.said("QueryReceived")
    wanted = pb.ConvertToComplaintRequest(conversation_id=query.conversation_id)
    stranger = await ApiKeys(intake.database).create("meadow", AccessRole.AGENT, employee_id="emp-1")
    for token, code in (
        (stranger, grpc.StatusCode.NOT_FOUND),
        (intake.token, grpc.StatusCode.PERMISSION_DENIED),
    ):
        async with connect(intake.grpc_target, token) as channel:
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await service_pb2_grpc.IntakeServiceStub(channel).ConvertToComplaint(wanted)
            assert refused.value.code() is code
    assert not await intake.said("ComplaintReceived")


async def test_a_word_that_comes_while_its_query_is_converted_is_in_the_case(dsns_for: DsnsFor) -> None:
    """Over and over: it goes before, and follows the first word into the case, or comes to the case."""
    dsns, ids, clock = await dsns_for("intake"), RandomIds(), SystemClock()
    classifier = load_classifier()
    async with Database.open(dsns.app, dsns.system, name="race", max_size=8) as database:
        store = PostgresStore(database, ids, SenderRate(0, 1))
        queries = PostgresQueries(database, ids, clock)

        def said(number: int, which: int, text: str) -> Submission:
            party = Party("phone", f"+4477009{number:05d}")
            source = Source(TENANT, "twilio", "+44", f"SM{number}.{which}", Channel.SMS)
            keys = (ThreadKey("open:sms:+44", f"phone/{party.value}", "open_case", window_s=60),)
            word = CustomerWord(source, (party,), text=text, keys=keys, assessment=classifier.judge("", text))
            return Submission(b"raw", "text/plain", clock.now(), clock.now(), (word,))

        for number in range(20):
            ((begun,),) = await store.write([said(number, 0, THANKS)])
            assert begun.conversation_id is not None
            await asyncio.gather(
                queries.convert(TENANT, begun.conversation_id, "emp-7", ""),
                store.write([said(number, 1, (THANKS, UPSET)[number % 2])]),
            )
            async with database.transaction([TENANT]) as tx:
                rows = await tx.fetch(
                    "select type from journal where tenant_id = $1 and key = $2 order by position",
                    TENANT,
                    str(begun.conversation_id),
                )
            types = [row["type"].rpartition(".")[2] for row in rows]
            assert types.count("ComplaintReceived") == 1
            assert types.count("CustomerMessageReceived") + types.count("ComplaintReceived") == 2 or (
                types.count("QueryReceived") == 1 and number % 2
            )
