"""REST and SMTP to PostgreSQL to Kafka: the shortest way of a complaint through intake."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import aiosmtplib
import pytest
from amends.intake.v1 import events_pb2 as pb
from amends.resolution.v1 import events_pb2 as resolution
from confluent_kafka import Consumer as KafkaConsumer

from services.chassis.broker import Producer
from services.chassis.clock import to_proto
from services.chassis.envelope import Record, headers_of
from services.chassis.ids import RandomIds
from services.chassis.testing.waiting import wait_for
from services.intake.domain.threading import mac_of
from tests.integration.intake.conftest import REGISTRY, TENANT, THREAD_SECRET, Intake
from tests.integration.intake.test_answers import read, url_of
from tests.integration.intake.test_identity_and_threads import case_of_first_mail, send, sms

pytestmark = pytest.mark.integration

COMPLAINT = {
    "text": "My flight is four hours late and nobody tells us anything.",
    "customer": {"name": "Ada Lovelace", "email": "Ada@Example.org", "phone": "+44 20 7946 0999"},
    "point_of_contact_id": "gate-7",
    "occurred_at": "2026-01-02T03:04:05Z",
}


async def test_a_complaint_by_rest_becomes_a_case_and_is_published(
    publishing_intake: Intake, kafka_bootstrap: str, topic_prefix: str
) -> None:
    intake = publishing_intake
    status, answer = await intake.post("/v1/complaints", COMPLAINT, Idempotency_Key="k-1")
    assert status == 201
    (complaint,) = await intake.said("ComplaintReceived")
    assert complaint.case_id == answer["case_id"]
    assert complaint.customer.first_name == "Ada"
    assert complaint.point_of_contact_id == "gate-7"
    assert complaint.message.party.value == "ada@example.org"
    assert complaint.message.occurred_at.ToJsonString() == "2026-01-02T03:04:05Z"
    assert {one.party.value for one in await intake.said("CustomerIdentified")} == {
        "ada@example.org",
        "+442079460999",
    }
    consumer = KafkaConsumer(
        {"bootstrap.servers": kafka_bootstrap, "group.id": topic_prefix, "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([f"{topic_prefix}amends.intake.events.v1"])
    found: list[str] = []

    async def published() -> bool:
        message = consumer.poll(0.05)
        if message is not None and message.error() is None:
            record = Record("t", message.key(), message.value(), message.headers() or [])
            event = REGISTRY.parse(record)
            assert event.key == answer["case_id"]
            assert event.tenant_id == "harbour"
            found.append(event.type.rpartition(".")[2])
        return "ComplaintReceived" in found

    try:
        await wait_for(published)
    finally:
        consumer.close()


async def test_a_mail_by_smtp_is_answered_when_it_is_durable(intake: Intake) -> None:
    mail = (
        b"From: Grace Hopper <Grace@Example.org>\r\nTo: care@harbour.example\r\nSubject: Wet seat\r\n"
        b"Message-ID: <one@example.org>\r\n\r\nThe seat was wet, the whole way.\r\n"
    )
    async with aiosmtplib.SMTP(
        hostname="127.0.0.1", port=intake.smtp_port, use_tls=False, start_tls=False
    ) as client:
        _, told = await client.sendmail("grace@example.org", ["care@harbour.example"], mail)
    assert told.startswith("2.0.0 kept as ")
    (complaint,) = await intake.said("ComplaintReceived")
    assert complaint.message.subject == "Wet seat"
    assert complaint.message.text == "The seat was wet, the whole way."
    assert complaint.message.party.value == "grace@example.org"
    assert complaint.customer.full_name == "Grace Hopper"


async def test_a_callers_trace_goes_on_in_what_intake_says(intake: Intake) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    sent = {"idempotency_key": "k", "traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    assert (await intake.post("/v1/complaints", COMPLAINT, **sent))[0] == 201
    rows = await intake.fetch("select traceparent from journal")
    assert {row["traceparent"].split("-")[1] for row in rows} == {trace}


async def tell(bootstrap: str, prefix: str, *said: resolution.CaseOpened | resolution.CaseSplit) -> None:
    """Say it as resolution does."""
    async with Producer.open(bootstrap, "test") as producer:
        records = [
            Record(
                f"{prefix}amends.resolution.events.v1",
                one.case_id.encode(),
                one.SerializeToString(),
                headers_of(
                    source="resolution",
                    event_id=str(RandomIds().new()),
                    type_name=one.DESCRIPTOR.full_name,
                    tenant_id=TENANT,
                    key=one.case_id,
                    occurred_at=datetime.now(UTC),
                    correlation_id=one.case_id,
                ),
            )
            for one in said
        ]
        await producer.publish(records)


def split(
    word: pb.CustomerMessageReceived, part: str
) -> Iterator[resolution.CaseOpened | resolution.CaseSplit]:
    """What resolution says when `word` becomes the case `part`: the split once for each of the two cases."""
    yield resolution.CaseOpened(
        case_id=part,
        linked_case_id=word.case_id,
        customer_id=word.customer.customer_id,
        channel=word.message.channel,
        opened_at=to_proto(datetime.now(UTC)),
    )
    for case_id in (word.case_id, part):
        yield resolution.CaseSplit(
            case_id=case_id,
            from_case_id=word.case_id,
            to_case_id=part,
            message_ids=[word.message.message_id],
        )


async def test_later_words_find_the_case_that_was_taken_out_of_theirs(
    publishing_intake: Intake, kafka_bootstrap: str, topic_prefix: str
) -> None:
    intake = publishing_intake
    case_id = await case_of_first_mail(intake)
    thread = f"References: <first@x>\r\nTo: care+c.{case_id}.{mac_of(UUID(case_id), THREAD_SECRET)}@x\r\n"
    await send(intake, "And the bill is wrong.", headers=f"Message-ID: <second@x>\r\n{thread}")
    (apart,) = await intake.said("CustomerMessageReceived")
    await intake.twilio("sms", sms("SM1", "My bag is gone"))
    await intake.twilio("sms", sms("SM2", "And you charged me twice"))
    texted = (await intake.said("CustomerMessageReceived"))[-1]
    part, charge = str(RandomIds().new()), str(RandomIds().new())
    await tell(kafka_bootstrap, topic_prefix, *split(apart, part), *split(texted, charge))
    parted = "select count(*) = 2 as done from conversation where brought <> '{}'"

    async def done() -> bool:
        return bool((await intake.fetch(parted))[0]["done"])

    await wait_for(done, what="both parts")
    await intake.twilio("sms", sms("SM3", "And the charge?"))
    assert (await intake.said("CustomerMessageReceived"))[-1].case_id == charge
    token = f"care+c.{part}.{mac_of(UUID(part), THREAD_SECRET)}@harbour.example"
    for number, (headers, to, found) in enumerate(
        [
            ("", token, "token"),
            (f"In-Reply-To: <c.{part}.m.9@harbour.example>\r\n", "care@harbour.example", "references"),
            ("In-Reply-To: <second@x>\r\n", "care@harbour.example", "references"),
            (f"Subject: Re: Bill [#C-{part[-12:]}]\r\n", "care@harbour.example", "subject_tag"),
        ]
    ):
        await send(intake, f"Still wrong {number}", headers=f"Message-ID: <p{number}@x>\r\n{headers}", to=to)
        word = (await intake.said("CustomerMessageReceived"))[-1]
        assert (word.case_id, word.threaded_by) == (part, found)
    await send(intake, "The roof?", headers="Message-ID: <r@x>\r\nIn-Reply-To: <first@x>\r\n")
    assert (await intake.said("CustomerMessageReceived"))[-1].case_id == case_id
    assert (await read(intake, url_of(intake, part), "POST", solved="no"))[0] == 200
    assert (await intake.said("CustomerMessageReceived"))[-1].case_id == part
    path = f"/v1/cases/{part}/messages"
    async with intake.session.get(
        intake.http_url + path, headers={"authorization": f"Bearer {intake.token}"}
    ) as answer:
        told = [one["text"] for one in (await answer.json())["messages"]]
    assert told == ["And the bill is wrong.", *(f"Still wrong {number}" for number in range(4)), "Solved: no"]
