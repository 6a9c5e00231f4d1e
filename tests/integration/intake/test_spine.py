"""REST and SMTP to PostgreSQL to Kafka: the shortest way of a complaint through intake."""

from __future__ import annotations

import aiosmtplib
import pytest
from confluent_kafka import Consumer as KafkaConsumer

from services.chassis.envelope import Record
from services.chassis.testing.waiting import wait_for
from tests.integration.intake.conftest import REGISTRY, Intake

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
