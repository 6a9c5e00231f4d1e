"""One customer over all channels, one case per conversation, whatever comes twice, late or at once."""

from __future__ import annotations

import asyncio
from datetime import UTC
from uuid import UUID

import aiosmtplib
import pytest

from services.chassis.clock import SystemClock
from services.chassis.db import Database
from services.chassis.ids import RandomIds
from services.chassis.testing.fixtures import DsnsFor
from services.intake.adapters.postgres import PostgresStore
from services.intake.domain.rate import SenderRate
from services.intake.domain.records import (
    Channel,
    CustomerWord,
    Outcome,
    Party,
    Source,
    Submission,
    ThreadKey,
)
from services.intake.domain.threading import mac_of
from tests.integration.intake.conftest import THREAD_SECRET, Intake

pytestmark = pytest.mark.integration


async def send(
    intake: Intake,
    text: str,
    *,
    headers: str = "",
    sender: str = "ada@example.org",
    to: str = "care@harbour.example",
) -> str:
    """One mail by SMTP; the server's reply."""
    mail = f"From: Ada Lovelace <{sender}>\r\nTo: {to}\r\n{headers}\r\n{text}\r\n".encode()
    async with aiosmtplib.SMTP(
        hostname="127.0.0.1", port=intake.smtp_port, use_tls=False, start_tls=False
    ) as client:
        _, told = await client.sendmail(sender, [to], mail)
    return str(told)


def sms(sid: str, text: str, sender: str = "+447700900123") -> dict[str, str]:
    return {"MessageSid": sid, "AccountSid": "AC1", "From": sender, "To": "+442079460101", "Body": text}


async def case_of_first_mail(intake: Intake) -> str:
    await send(intake, "The roof still leaks.", headers="Subject: Roof\r\nMessage-ID: <first@x>\r\n")
    (complaint,) = await intake.said("ComplaintReceived")
    return str(complaint.case_id)


async def test_the_same_webhook_two_hundred_times_at_once_is_one_case(intake: Intake) -> None:
    form = sms("SM1", "Where is my bag?")
    answers = await asyncio.gather(*(intake.twilio("sms", form) for _ in range(200)))
    assert {status for status, _ in answers} == {200}
    assert len({body for _, body in answers}) == 1
    assert len(await intake.said("ComplaintReceived")) == 1
    assert len(await intake.fetch("select from inbox")) == 1


async def test_a_retry_after_the_answer_gets_the_same_answer(intake: Intake) -> None:
    body = {"text": "Wrong bill", "customer": {"email": "ada@example.org"}}
    first = await intake.post("/v1/complaints", body, Idempotency_Key="k")
    assert await intake.post("/v1/complaints", body, Idempotency_Key="k") == first
    assert len(await intake.said("ComplaintReceived")) == 1


async def test_a_phone_number_is_the_same_customer_by_sms_whatsapp_and_rest(intake: Intake) -> None:
    await intake.twilio("sms", sms("SM1", "Hello?"))
    value = {
        "metadata": {"phone_number_id": "31415"},
        "contacts": [{"wa_id": "447700900123", "profile": {"name": "Ada Lovelace"}}],
        "messages": [
            {
                "id": "wamid.1",
                "from": "447700900123",
                "timestamp": "1767322800",
                "type": "text",
                "text": {"body": "Hi"},
            }
        ],
    }
    await intake.meta("whatsapp", {"entry": [{"changes": [{"field": "messages", "value": value}]}]})
    await intake.post(
        "/v1/complaints",
        {"text": "It is me again", "customer": {"phone": "+44 7700 900123", "email": "ada@example.org"}},
        Idempotency_Key="k",
    )
    await send(intake, "And by mail too.", headers="Message-ID: <m@example.org>\r\n")
    complaints = await intake.said("ComplaintReceived")
    assert len(complaints) == 4
    assert len({one.customer.customer_id for one in complaints}) == 1
    assert complaints[-1].customer.first_name == "Ada"


def both_as_parties(shown: dict[str, str]) -> list[tuple[str, str]]:
    return list(shown.items())


async def test_two_known_customers_that_turn_out_to_be_one_are_merged_with_evidence(intake: Intake) -> None:
    await intake.twilio("sms", sms("SM1", "Hello?"))
    await send(intake, "Hello by mail", headers="Message-ID: <m@example.org>\r\n")
    before = await intake.said("ComplaintReceived")
    assert len({one.customer.customer_id for one in before}) == 2
    both = {"phone": "+447700900123", "email": "ada@example.org"}
    await intake.post("/v1/complaints", {"text": "Both are me", "customer": both}, Idempotency_Key="k")
    older = min(one.customer.customer_id for one in before)
    assert (await intake.said("ComplaintReceived"))[-1].customer.customer_id == older
    (merge,) = await intake.fetch("select * from customer_merge")
    assert str(merge["stays"]) == older
    assert merge["parties"]
    assert {str(row[0]) for row in await intake.fetch("select distinct customer_id from customer_party")} == {
        older
    }
    ((key, said),) = [(key, said) for kind, key, said in await intake.journal() if kind == "CustomersMerged"]
    assert key == said.surviving_customer_id == older
    assert list(said.merged_customer_ids) == [str(merge["gone"])]
    assert {(one.kind, one.value) for one in said.evidence} == set(both_as_parties(both))
    assert said.merged_at.ToDatetime(UTC) == merge["merged_at"]


async def test_a_household_that_shares_a_telephone_and_a_mailbox_is_not_one_customer(intake: Intake) -> None:
    phone = "+447700900123"
    ada = {"name": "Ada Lovelace", "email": "ada@example.org", "phone": phone}
    william = {"name": "William Lovelace", "email": "william@example.org", "phone": phone}
    lent = {"name": "William Lovelace", "email": "ada@example.org", "phone": "+447700900999"}
    for number, customer in enumerate((ada, william, lent, ada)):
        body = {"text": f"No {number}", "customer": customer}
        await intake.post("/v1/complaints", body, Idempotency_Key=str(number))
    await intake.twilio("sms", sms("SM1", "Hello?"))
    ringing = {"CallSid": "CA1", "From": phone, "To": "+442079460100", "CallStatus": "ringing"}
    await intake.twilio("voice", {**ringing, "Direction": "inbound", "CallerName": "LOVELACE WILLIAM"})
    told = [one.customer for one in await intake.said("ComplaintReceived")]
    told += [one.customer for one in await intake.said("CustomerMessageReceived")]  # the call joins
    hers, his, borrowed, again, texted, called = [(one.customer_id, one.first_name) for one in told]
    assert hers == again == texted == called == (borrowed[0], "Ada")
    assert (his[1], borrowed[1]) == ("William", "William")
    assert his[0] != hers[0]
    assert await intake.said("CustomersMerged") == []
    known = {row["value"] for row in await intake.fetch("select value from customer_party")}
    assert known == {"ada@example.org", "william@example.org", phone}


async def test_what_is_one_customer_already_is_not_said_again(intake: Intake) -> None:
    both = {"phone": "+447700900123", "email": "ada@example.org"}
    await intake.post("/v1/complaints", {"text": "Both are me", "customer": both}, Idempotency_Key="a")
    await intake.post("/v1/complaints", {"text": "Still both", "customer": both}, Idempotency_Key="b")
    assert await intake.said("CustomersMerged") == []


async def test_three_known_customers_shown_to_be_one_are_one_event(intake: Intake) -> None:
    shown = {"phone": "+447700900123", "email": "ada@example.org", "crm_id": "77"}
    for kind, value in shown.items():
        await intake.post("/v1/complaints", {"text": "Me", "customer": {kind: value}}, Idempotency_Key=kind)
    apart = {one.customer.customer_id for one in await intake.said("ComplaintReceived")}
    await intake.post("/v1/complaints", {"text": "All are me", "customer": shown}, Idempotency_Key="all")
    (said,) = await intake.said("CustomersMerged")
    assert {said.surviving_customer_id, *said.merged_customer_ids} == apart
    assert said.surviving_customer_id == min(apart)


async def test_a_reply_to_our_token_address_goes_to_its_case_from_any_sender(intake: Intake) -> None:
    case_id = await case_of_first_mail(intake)
    token = f"care+c.{case_id}.{mac_of(UUID(case_id), THREAD_SECRET)}@harbour.example"
    await send(intake, "From my office address.", sender="office@elsewhere.example", to=token)
    (word,) = await intake.said("CustomerMessageReceived")
    assert (word.case_id, word.threaded_by) == (case_id, "token")


async def test_a_forged_token_begins_a_case_of_its_own(intake: Intake) -> None:
    case_id = await case_of_first_mail(intake)
    await send(
        intake, "Let me in.", sender="eve@example.net", to=f"care+c.{case_id}.{'0' * 16}@harbour.example"
    )
    assert len(await intake.said("ComplaintReceived")) == 2


async def test_a_reply_to_our_message_id_goes_to_its_case(intake: Intake) -> None:
    case_id = await case_of_first_mail(intake)
    await send(
        intake,
        "Thank you.",
        headers=f"In-Reply-To: <c.{case_id}.m.77@harbour.example>\r\nMessage-ID: <2@x>\r\n",
    )
    (word,) = await intake.said("CustomerMessageReceived")
    assert (word.case_id, word.threaded_by) == (case_id, "references")


async def test_a_further_mail_in_the_customers_own_thread_goes_to_the_case(intake: Intake) -> None:
    case_id = await case_of_first_mail(intake)
    await send(intake, "One more thing.", headers="References: <first@x>\r\nMessage-ID: <2@x>\r\n")
    (word,) = await intake.said("CustomerMessageReceived")
    assert (word.case_id, word.threaded_by) == (case_id, "references")


async def test_a_stranger_who_knows_a_message_id_does_not_get_into_the_case(intake: Intake) -> None:
    await case_of_first_mail(intake)
    await send(
        intake,
        "Me too!",
        sender="eve@example.net",
        headers="References: <first@x>\r\nMessage-ID: <2@x>\r\n",
    )
    assert len(await intake.said("ComplaintReceived")) == 2


async def test_an_answer_that_overtakes_its_original_is_the_same_case(intake: Intake) -> None:
    await send(intake, "Second.", headers="In-Reply-To: <first@x>\r\nMessage-ID: <second@x>\r\n")
    await send(intake, "First.", headers="Message-ID: <first@x>\r\n")
    (complaint,) = await intake.said("ComplaintReceived")
    (word,) = await intake.said("CustomerMessageReceived")
    assert word.case_id == complaint.case_id


async def test_a_subject_tag_counts_for_the_cases_own_customer_only(intake: Intake) -> None:
    case_id = await case_of_first_mail(intake)
    tag = f"[#C-{UUID(case_id).hex[-12:]}]"
    await send(intake, "Mine.", headers=f"Subject: Re: {tag} Roof\r\nMessage-ID: <2@x>\r\n")
    await send(
        intake, "Not mine.", sender="eve@example.net", headers=f"Subject: {tag}\r\nMessage-ID: <3@x>\r\n"
    )
    (word,) = await intake.said("CustomerMessageReceived")
    assert (word.case_id, word.threaded_by) == (case_id, "subject_tag")
    assert len(await intake.said("ComplaintReceived")) == 2


async def test_the_next_text_message_of_the_same_party_continues_the_case(intake: Intake) -> None:
    await intake.twilio("sms", sms("SM1", "Where is my bag?"))
    await intake.twilio("sms", sms("SM2", "Hello? Anybody?"))
    await intake.twilio("sms", sms("SM3", "Not me", sender="+447700900999"))
    first, other = await intake.said("ComplaintReceived")
    (word,) = await intake.said("CustomerMessageReceived")
    assert (word.case_id, word.threaded_by) == (first.case_id, "open_case")
    assert word.interaction_id == first.interaction_id
    assert other.customer.customer_id != first.customer.customer_id


async def test_one_mail_to_two_of_our_addresses_is_one_case(intake: Intake) -> None:
    mail = b"From: ada@example.org\r\nMessage-ID: <m@x>\r\n\r\nBoth of you!\r\n"
    async with aiosmtplib.SMTP(
        hostname="127.0.0.1", port=intake.smtp_port, use_tls=False, start_tls=False
    ) as client:
        await client.sendmail("ada@example.org", ["care@harbour.example", "billing@harbour.example"], mail)
    assert len(await intake.said("ComplaintReceived")) == 1


async def test_one_mail_to_two_tenants_is_a_case_of_each(intake: Intake) -> None:
    mail = b"From: ada@example.org\r\nMessage-ID: <m@x>\r\n\r\nWhichever of you it was!\r\n"
    async with aiosmtplib.SMTP(
        hostname="127.0.0.1", port=intake.smtp_port, use_tls=False, start_tls=False
    ) as client:
        await client.sendmail("ada@example.org", ["care@harbour.example", "care@meadow.example"], mail)
    (ours,) = await intake.said("ComplaintReceived")
    (theirs,) = await intake.said("ComplaintReceived", tenant="meadow")
    assert ours.case_id != theirs.case_id
    assert ours.customer.customer_id != theirs.customer.customer_id


async def test_an_automatic_mail_begins_no_case_and_a_persons_answer_in_its_thread_does(
    intake: Intake,
) -> None:
    await send(intake, "I am on holiday.", headers="Auto-Submitted: auto-replied\r\nMessage-ID: <auto@x>\r\n")
    (query,) = await intake.said("QueryReceived")
    assert query.classified_because == query.message.suppressed_reason == "auto_submitted"
    await send(intake, "I am back, and cross.", headers="References: <auto@x>\r\nMessage-ID: <2@x>\r\n")
    (complaint,) = await intake.said("ComplaintReceived")
    assert complaint.case_id == query.conversation_id


async def test_two_replicas_that_meet_on_a_new_customer_and_thread_agree(dsns_for: DsnsFor) -> None:
    """Different events of the same new party, written by two stores at once, over and over."""
    dsns = await dsns_for("intake")
    async with Database.open(dsns.app, dsns.system, name="race", max_size=8) as database:
        stores = [PostgresStore(database, RandomIds(), SenderRate(0, 1)) for _ in range(4)]

        def said(number: int, replica: int) -> Submission:
            party = Party("phone", f"+4477009{number:05d}")
            source = Source("harbour", "twilio", "+44", f"SM{number}.{replica}", Channel.SMS)
            keys = (ThreadKey("open:sms:+44", f"phone/{party.value}", "open_case", window_s=60),)
            now = SystemClock().now()
            return Submission(b"raw", "text/plain", now, now, (CustomerWord(source, (party,), keys=keys),))

        for round_number in range(10):
            numbers = range(round_number * 10, round_number * 10 + 10)
            batches = [[said(number, replica) for number in numbers] for replica in range(4)]
            batches[1].reverse()
            written = await asyncio.gather(
                *(store.write(batch) for store, batch in zip(stores, batches, strict=True))
            )
            answers = [answer for batch in written for (answer,) in batch]
            assert sum(answer.outcome is Outcome.CASE_BEGUN for answer in answers) == 10
            assert len({answer.conversation_id for answer in answers}) == 10
        async with database.transaction(["harbour"]) as tx:
            assert await tx.fetchval("select count(*) from customer") == 100
            assert await tx.fetchval("select count(*) from conversation") == 100


async def test_two_replicas_that_merge_a_customer_with_two_others_at_once_make_one_of_all(
    dsns_for: DsnsFor,
) -> None:
    """The first shows that the second is the third, the other that the first is the second, over and over."""
    dsns = await dsns_for("intake")
    async with Database.open(dsns.app, dsns.system, name="race", max_size=8) as database:
        stores = [PostgresStore(database, RandomIds(), SenderRate(0, 1)) for _ in range(2)]

        def said(number: int, *who: int) -> Submission:
            parties = tuple(Party("phone", f"+4477{number:03d}{one}") for one in who)
            source = Source("harbour", "twilio", "+44", f"SM{number}.{who}", Channel.SMS)
            now = SystemClock().now()
            return Submission(b"raw", "text/plain", now, now, (CustomerWord(source, parties),))

        for number in range(40):
            for one in (1, 2, 3):
                await stores[0].write([said(number, one)])
            await asyncio.gather(stores[0].write([said(number, 2, 3)]), stores[1].write([said(number, 1, 2)]))
        async with database.transaction(["harbour"]) as tx:
            assert await tx.fetchval("select count(distinct customer_id) from customer_party") == 40
            gone = (
                "select from customer_party join customer using (customer_id) where merged_into is not null"
            )
            assert await tx.fetch(gone) == []
