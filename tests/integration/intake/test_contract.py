"""openapi.yaml says what REST does, and the hand-made complaints become the cases they should on every
channel.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import aiosmtplib
import jsonschema
import pytest
import yaml

from services.chassis.clock import SystemClock
from services.intake.adapters.accounts import ChannelAccount
from services.intake.adapters.registration import register_account
from services.intake.domain.records import Channel
from tests.integration.intake.conftest import TENANT, Intake
from tests.integration.intake.test_refusals import GOOD, WRONG
from tests.unit.intake.corpora import SAMPLES

pytestmark = pytest.mark.integration

# What only the service can judge: the schema cannot say it.
BEYOND_THE_SCHEMA = {"no_text", "bad_email", "bad_phone", "bad_time", "time_in_future"}
BEYOND_THE_SCHEMA |= {"no_time", "live_import", "not_imported"}


async def document(intake: Intake) -> Any:
    async with intake.session.get(f"{intake.http_url}/openapi.json") as answer:
        assert (answer.status, answer.content_type) == (200, "application/json")
        return await answer.json()


def validator(openapi: Mapping[str, Any], schema: str) -> jsonschema.Draft202012Validator:
    """OpenAPI 3.1 schemas are JSON Schema 2020-12; references stay inside the document."""
    return jsonschema.Draft202012Validator(
        {**openapi, "$ref": f"#/components/schemas/{schema}"},
        format_checker=jsonschema.FormatChecker(),
    )


async def test_the_document_and_the_service_agree_on_what_is_a_complaint(intake: Intake) -> None:
    openapi = await document(intake)
    complaint, accepted, problem = (validator(openapi, name) for name in ("Complaint", "Accepted", "Problem"))
    whole = GOOD | {"subject": "s", "occurred_at": "2026-01-02T03:04:05Z", "severity": "high", "live": True}
    for number, body in enumerate((GOOD, whole, GOOD | {"occurred_at": None})):
        complaint.validate(body)
        status, answer = await intake.post("/v1/complaints", body, Idempotency_Key=f"g{number}")
        assert status == 201
        accepted.validate(answer)
    for number, (raw, expected, rule) in enumerate(WRONG):
        status, answer = await intake.post("/v1/complaints", raw, Idempotency_Key=f"w{number}")
        problem.validate(answer)
        assert str(status) in openapi["paths"]["/v1/complaints"]["post"]["responses"]
        if expected == 422 and rule not in BEYOND_THE_SCHEMA:
            assert not complaint.is_valid(json.loads(raw)), raw
        elif expected == 422:
            assert complaint.is_valid(json.loads(raw)), raw


async def test_every_path_of_the_document_is_served_and_no_other_method(intake: Intake) -> None:
    openapi = await document(intake)
    _, case = await intake.post("/v1/complaints", GOOD, Idempotency_Key="k")
    headers = {"authorization": f"Bearer {intake.token}", "idempotency-key": "p"}
    for path, operations in openapi["paths"].items():
        url = intake.http_url + path.replace("{case_id}", case["case_id"])
        for method in ("get", "post", "put", "delete"):
            async with intake.session.request(method, url, headers=headers, data=b"{}") as answer:
                assert (answer.status == 405) == (method not in operations), (method, path)
                if method == "get" and "{case_id}" in path:
                    validator(openapi, "Messages").validate(await answer.json())


ORIGIN = "https://www.harbour.example"
CHAT_BODIES: list[tuple[str, Any, int]] = [
    ("messages", {"id": "m1", "text": "My bag is lost", "name": "Ana"}, 201),
    ("messages", {"id": "m1", "text": "Something else"}, 422),
    ("messages", {"id": "", "text": "x"}, 422),
    ("messages", {"id": "m 2", "text": "x"}, 422),
    ("messages", {"id": "m2", "text": ""}, 422),
    ("messages", {"id": "m2", "text": "x" * 8001}, 422),
    ("messages", {"id": "m2", "text": "x", "more": 1}, 422),
    ("messages", {"text": "x"}, 422),
    ("receipts", {"line_id": "no"}, 422),
    ("receipts", {"line_id": "0193a5e4-7b1c-7000-8000-000000000001"}, 404),
]
BEYOND_THE_CHAT_SCHEMA = {"id_reused", "unknown_line"}


async def test_the_document_and_the_service_agree_on_what_is_said_in_a_chat(intake: Intake) -> None:
    account = ChannelAccount(TENANT, "webchat", "site", Channel.WEBCHAT, {"origins": ORIGIN})
    await register_account(intake.database, account, SystemClock().now())
    openapi = await document(intake)
    base, described = f"/v1/chat/{TENANT}/site/", "/v1/chat/{tenant}/{account}/"
    async with intake.session.post(f"{intake.http_url}{base}sessions", headers={"origin": ORIGIN}) as answer:
        session = await answer.json()
    validator(openapi, "ChatSession").validate(session)
    headers = {"origin": ORIGIN, "authorization": f"Bearer {session['token']}"}
    bodies = {"messages": validator(openapi, "ChatMessage"), "receipts": validator(openapi, "ChatReceipt")}
    for what, body, expected in CHAT_BODIES:
        async with intake.session.post(intake.http_url + base + what, json=body, headers=headers) as answer:
            told = await answer.json()
            assert answer.status == expected, (body, told)
        assert str(expected) in openapi["paths"][described + what]["post"]["responses"]
        validator(openapi, "ChatTaken" if expected == 201 else "Problem").validate(told)
        by_schema = expected == 422 and told["rule"] not in BEYOND_THE_CHAT_SCHEMA
        assert bodies[what].is_valid(body) == (not by_schema), body


async def test_a_caller_that_names_another_tenant_than_its_keys_is_refused(intake: Intake) -> None:
    status, told = await intake.post("/v1/complaints", GOOD, Idempotency_Key="k", Amends_Tenant="meadow")
    assert (status, told["rule"]) == (403, "other_tenant")
    status, _ = await intake.post("/v1/complaints", GOOD, Idempotency_Key="k", Amends_Tenant=TENANT)
    assert status == 201


async def test_an_answer_says_where_to_read_on(intake: Intake) -> None:
    headers = {
        "authorization": f"Bearer {intake.token}",
        "idempotency-key": "k",
        "content-type": "application/json",
    }
    async with intake.session.post(f"{intake.http_url}/v1/complaints", json=GOOD, headers=headers) as answer:
        location = answer.headers["location"]
    async with intake.session.get(intake.http_url + location, headers=headers) as answer:
        assert (await answer.json())["messages"][0]["text"] == GOOD["text"]


# ------------------------------------------------------------------------------------------ the samples


def entries() -> list[dict[str, Any]]:
    found = yaml.safe_load((SAMPLES / "complaints.yaml").read_text(encoding="utf-8"))["complaints"]
    return list(found)


async def bring(intake: Intake, entry: Mapping[str, Any], number: int) -> None:
    """One sample on its channel, first words and further ones, as its provider would bring it."""
    who = entry["from"]
    for turn, text in enumerate([entry["text"], *entry.get("then", [])]):
        name = f"{entry['id']}.{turn}"
        match entry["channel"]:
            case "rest":
                customer = {key: value for key, value in who.items() if value}
                body = {"text": text, "subject": entry["subject"], "customer": customer}
                if "gate" in entry:
                    body["point_of_contact_id"] = entry["gate"]
                assert (await intake.post("/v1/complaints", body, Idempotency_Key=name))[0] == 201
            case "phone":
                call = {"CallSid": f"CA{number}", "From": who["phone"], "To": "+442079460100"}
                said = {
                    "TranscriptionSid": f"GT{number}",
                    "TranscriptionEvent": "transcription-content",
                    "CallSid": f"CA{number}",
                    "Track": "inbound_track",
                    "SequenceId": str(turn),
                    "Final": "true",
                    "TranscriptionData": json.dumps({"transcript": text}),
                }
                if turn == 0:
                    assert (await intake.twilio("voice", call))[0] == 200
                assert (await intake.twilio("transcription", said))[0] == 204
            case "email":
                await mail(intake, entry, text, turn)
            case "sms":
                form = {"MessageSid": name, "From": who["phone"], "To": "+442079460101", "Body": text}
                assert (await intake.twilio("sms", form))[0] == 200
            case channel:
                assert (await intake.meta(channel, social(channel, who, name, text)))[0] == 200


async def mail(intake: Intake, entry: Mapping[str, Any], text: str, turn: int) -> None:
    sender = entry["from"]["email"]
    reply = f"In-Reply-To: <{entry['id']}.0@x>\r\n" if turn else ""
    raw = (
        f"From: {entry['from']['name']} <{sender}>\r\nSubject: {entry['subject']}\r\n{reply}"
        f"Message-ID: <{entry['id']}.{turn}@x>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    )
    async with aiosmtplib.SMTP(
        hostname="127.0.0.1", port=intake.smtp_port, use_tls=False, start_tls=False
    ) as client:
        await client.sendmail(
            sender, ["care@harbour.example"], raw.encode(), mail_options=["SMTPUTF8", "BODY=8BITMIME"]
        )


def social(channel: str, who: Mapping[str, str], name: str, text: str) -> dict[str, Any]:
    if channel == "messenger":
        event = {
            "sender": {"id": who["psid"]},
            "recipient": {"id": "27182"},
            "timestamp": 1767322800000,
            "message": {"mid": name, "text": text},
        }
        return {"object": "page", "entry": [{"messaging": [event]}]}
    number = who["phone"].removeprefix("+")
    value = {
        "metadata": {"phone_number_id": "31415"},
        "contacts": [{"wa_id": number, "profile": {"name": who["name"]}}],
        "messages": [
            {"id": name, "from": number, "timestamp": "1767322800", "type": "text", "text": {"body": text}}
        ],
    }
    return {
        "object": "whatsapp_business_account",
        "entry": [{"changes": [{"field": "messages", "value": value}]}],
    }


async def test_every_sample_becomes_one_case_of_the_kind_it_says_also_when_all_come_at_once(
    intake: Intake,
) -> None:
    samples = entries()
    await asyncio.gather(*(bring(intake, entry, number) for number, entry in enumerate(samples)))
    complaints = await intake.said("ComplaintReceived")
    assert len(complaints) == len({one.case_id for one in complaints}) == len(samples)
    further = sum(len(entry.get("then", [])) for entry in samples if entry["channel"] != "phone")
    assert len(await intake.said("CustomerMessageReceived")) == further
    spoken = sum(1 + len(entry.get("then", [])) for entry in samples if entry["channel"] == "phone")
    assert len(await intake.said("TranscriptSegmentReceived")) == spoken
    found = {one.message.text.split("\n")[0]: one for one in complaints if not one.live}
    for entry in samples:
        if entry["channel"] == "phone":
            continue
        one = found[" ".join(entry["text"].strip().split("\n")[0].split())]
        assert one.category == entry["expect"]["category"], entry["id"]
        assert one.severity == ["", "low", "normal", "high", "critical"].index(entry["expect"]["severity"])
        assert one.point_of_contact_id == entry.get("gate", "")
        if entry["from"].get("name") and entry["channel"] != "messenger":
            assert entry["from"]["name"].startswith(one.customer.first_name)
            assert one.customer.first_name
    assert sum(one.live for one in complaints) == sum(entry["channel"] == "phone" for entry in samples)
