"""Bad input: each gets the answer its channel expects, is kept with its bytes, and stops nothing else."""

from __future__ import annotations

import asyncio
import json

import aiosmtplib
import asyncpg
import grpc
import pytest
from amends.common.v1 import common_pb2
from amends.intake.v1 import service_pb2, service_pb2_grpc

from services.chassis.calling import connect
from services.chassis.testing.waiting import wait_for
from tests.integration.intake.conftest import TENANT, Intake

pytestmark = pytest.mark.integration

GOOD = {"text": "Wrong bill", "customer": {"email": "ada@example.org"}}
OLD = {"occurred_at": "2026-01-01T00:00:00Z"}

WRONG = [
    (b"", 400, "malformed_json"),
    (b"{", 400, "malformed_json"),
    (b"\xff\xfe", 400, "malformed_json"),
    (b"[" * 100_000, 400, "malformed_json"),
    (b'{"text": NaN}', 400, "malformed_json"),
    (b'{"text": "a", "text": "b", "customer": {"email": "a@b.c"}}', 400, "malformed_json"),
    (b'{"text": 1' + b"0" * 10_000 + b"}", 400, "malformed_json"),
    (b"[]", 422, "bad_request"),
    (json.dumps(GOOD | {"owner": "me"}).encode(), 422, "bad_request"),
    (json.dumps(GOOD | {"text": 7}).encode(), 422, "bad_request"),
    (json.dumps(GOOD | {"text": ""}).encode(), 422, "bad_request"),
    (json.dumps(GOOD | {"text": "\0\0"}).encode(), 422, "no_text"),
    (json.dumps(GOOD | {"severity": "apocalyptic"}).encode(), 422, "bad_request"),
    (json.dumps(GOOD | {"customer": {}}).encode(), 422, "no_party"),
    (json.dumps(GOOD | {"customer": {"email": "not an address"}}).encode(), 422, "bad_email"),
    (json.dumps(GOOD | {"customer": {"phone": "call me"}}).encode(), 422, "bad_phone"),
    (json.dumps(GOOD | {"occurred_at": "2026-01-01T00:00:00"}).encode(), 422, "bad_time"),
    (json.dumps(GOOD | {"occurred_at": "2999-01-01T00:00:00Z"}).encode(), 422, "time_in_future"),
    (json.dumps(GOOD | OLD | {"imported_from": "Old Desk"}).encode(), 422, "bad_request"),
    (json.dumps(GOOD | {"imported_from": "desk"}).encode(), 422, "no_time"),
    (json.dumps(GOOD | OLD | {"imported_from": "desk", "live": True}).encode(), 422, "live_import"),
    (json.dumps(GOOD | {"acknowledge": True}).encode(), 422, "not_imported"),
    (b'{"text": "' + b"x" * 600_000 + b'"}', 413, "body_too_large"),
]


async def test_a_wrong_complaint_is_told_what_is_wrong_and_kept_and_uses_up_no_key(intake: Intake) -> None:
    for number, (body, status, rule) in enumerate(WRONG):
        key = f"k{number}"
        told, problem = await intake.post("/v1/complaints", body, Idempotency_Key=key)
        assert (body[:60], told, problem["rule"]) == (body[:60], status, rule)
        assert (await intake.post("/v1/complaints", GOOD, Idempotency_Key=key))[0] == 201
    assert [one.code for one in await intake.said("IntakeRejected")] == [rule for _, _, rule in WRONG]
    assert len(await intake.said("ComplaintReceived")) == len(WRONG)


async def test_a_null_byte_in_a_text_is_taken_out_and_the_complaint_kept(intake: Intake) -> None:
    told, _ = await intake.post("/v1/complaints", GOOD | {"text": "be\0fore\ud800"}, Idempotency_Key="k")
    assert told == 201
    assert (await intake.said("ComplaintReceived"))[0].message.text == "before"


async def test_the_same_key_with_another_body_is_refused(intake: Intake) -> None:
    assert (await intake.post("/v1/complaints", GOOD, Idempotency_Key="k"))[0] == 201
    told, problem = await intake.post("/v1/complaints", GOOD | {"text": "Other"}, Idempotency_Key="k")
    assert (told, problem["rule"]) == (422, "idempotency_key_reused")
    assert len(await intake.said("ComplaintReceived")) == 1


async def test_the_same_key_at_once_is_one_case_and_one_answer(intake: Intake) -> None:
    answers = await asyncio.gather(
        *(intake.post("/v1/complaints", GOOD, Idempotency_Key="k") for _ in range(64))
    )
    assert len({json.dumps(answer) for answer in answers}) == 1
    assert len(await intake.said("ComplaintReceived")) == 1


async def test_a_complaint_needs_a_key_of_each_kind(intake: Intake) -> None:
    assert (await intake.post("/v1/complaints", GOOD))[1]["rule"] == "idempotency_key_missing"
    assert (await intake.post("/v1/complaints", GOOD, token="", Idempotency_Key="k"))[0] == 401
    assert (await intake.post("/v1/complaints", GOOD, token="ak_wrong", Idempotency_Key="k"))[0] == 401


async def test_a_word_on_another_tenants_case_finds_nothing(intake: Intake) -> None:
    _, mine = await intake.post("/v1/complaints", GOOD, Idempotency_Key="k")
    path = f"/v1/cases/{mine['case_id']}/messages"
    assert (await intake.post(path, GOOD, Idempotency_Key="w"))[0] == 201
    assert (await intake.post(path, GOOD, token=intake.other_token, Idempotency_Key="w"))[0] == 404
    assert (await intake.post("/v1/cases/none/messages", GOOD, Idempotency_Key="w"))[0] == 404
    (word,) = await intake.said("CustomerMessageReceived")
    assert word.case_id == mine["case_id"]
    assert word.message.assessment.topic == "billing"
    assert not await intake.said("ComplaintReceived", tenant="meadow")
    async with intake.session.get(
        intake.http_url + path, headers={"authorization": f"Bearer {intake.token}"}
    ) as answer:
        assert [one["text"] for one in (await answer.json())["messages"]] == ["Wrong bill"] * 2


async def test_a_bad_signature_is_401_and_its_bytes_are_kept(intake: Intake) -> None:
    form = {"MessageSid": "SM1", "From": "+447700900123", "To": "+442079460101", "Body": "Hi"}
    for signature in ("", "AAAA", "é"):
        status, _ = await intake.twilio("sms", form, signature=signature.encode().decode("latin-1"))
        assert status == 401
    rows = await intake.fetch("select code, body from refusal join raw_input using (raw_id)")
    assert [row["code"] for row in rows] == ["bad_signature"] * 3
    assert b"MessageSid=SM1" in rows[0]["body"]


async def test_a_hook_of_nobody_is_404(intake: Intake) -> None:
    for tenant, path in (("nobody", "sms"), (TENANT, "fax"), ("../etc", "sms")):
        assert (await intake.twilio(path, {"MessageSid": "SM1"}, tenant=tenant))[0] == 404


async def test_a_number_that_is_not_ours_is_404(intake: Intake) -> None:
    form = {"MessageSid": "SM1", "From": "+447700900123", "To": "+15550001111", "Body": "Hi"}
    assert (await intake.twilio("sms", form))[0] == 404
    (rejected,) = await intake.said("IntakeRejected")
    assert rejected.code == "unknown_account"


async def test_a_hook_body_over_a_megabyte_is_413(intake: Intake) -> None:
    assert (await intake.meta("whatsapp", b"x" * 1_100_000))[0] == 413
    (rejected,) = await intake.said("IntakeRejected")
    assert rejected.code == "body_too_large"


async def test_while_the_database_is_away_nothing_is_acknowledged_and_then_all_is_well(
    intake: Intake, postgres_url: str
) -> None:
    """503 for programs, 451 for mail; a retry after the return is taken once."""
    await intake.post("/v1/complaints", GOOD, Idempotency_Key="before")
    (row,) = await intake.fetch("select current_database()")
    name = row["current_database"]
    admin = await asyncpg.connect(postgres_url)
    form = {"MessageSid": "SM1", "From": "+447700900123", "To": "+442079460101", "Body": "Hi"}
    mail = b"From: ada@example.org\r\nMessage-ID: <m@x>\r\n\r\nHello\r\n"

    async def by_mail() -> str:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=intake.smtp_port, use_tls=False, start_tls=False)
        async with client:
            try:
                await client.sendmail("ada@example.org", ["care@harbour.example"], mail)
            except aiosmtplib.SMTPDataError as told:
                return str(told.code)
        return "250"

    try:
        assert await by_mail() == "250"
        await admin.execute(f'alter database "{name}" with connection limit 0')
        await admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name)
        assert (await intake.twilio("sms", form))[0] == 503
        assert (await intake.post("/v1/complaints", GOOD, Idempotency_Key="during"))[0] == 503
        mail = mail.replace(b"<m@x>", b"<n@x>")
        assert await by_mail() == "451"
    finally:
        await admin.execute(f'alter database "{name}" with connection limit -1')
        await admin.close()

    async def healed() -> bool:
        return (await intake.twilio("sms", form))[0] == 200

    await wait_for(healed)
    assert await by_mail() == "250"
    assert (await intake.post("/v1/complaints", GOOD, Idempotency_Key="during"))[0] == 201
    texts = [one.message.text for one in await intake.said("ComplaintReceived")]
    assert sorted(texts) == ["Hello", "Hello", "Hi", "Wrong bill", "Wrong bill"]


async def test_employees_read_the_words_and_find_the_cases_of_their_own_tenant_only(intake: Intake) -> None:
    for number in range(3):
        await intake.post("/v1/complaints", GOOD | {"text": f"No {number}"}, Idempotency_Key=f"k{number}")
    cases = [one.case_id for one in await intake.said("ComplaintReceived")]
    for number in range(3):
        await intake.post(
            f"/v1/cases/{cases[0]}/messages", GOOD | {"text": f"w{number}"}, Idempotency_Key=f"w{number}"
        )
    await intake.post("/v1/complaints", b"{", Idempotency_Key="bad")
    email = common_pb2.Party(kind="email", value="ADA@example.org")
    async with connect(intake.grpc_target, intake.token) as channel:
        stub = service_pb2_grpc.IntakeServiceStub(channel)
        texts, token = [], ""
        for _ in range(4):
            page = await stub.ListMessages(
                service_pb2.ListMessagesRequest(case_id=cases[0], page_size=1, page_token=token)
            )
            texts += [one.text for one in page.messages]
            token = page.next_page_token
        assert (texts, token) == (["No 0", "w0", "w1", "w2"], "")
        found = await stub.FindCases(service_pb2.FindCasesRequest(party=email))
        assert list(found.case_ids) == cases[::-1]
        (item,) = (await stub.ListRejected(service_pb2.ListRejectedRequest())).items
        assert (item.code, item.raw_size_bytes) == ("malformed_json", 1)
    async with connect(intake.grpc_target, intake.other_token) as channel:
        stub = service_pb2_grpc.IntakeServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.ListMessages(service_pb2.ListMessagesRequest(case_id=cases[0]))
        assert refused.value.code() is grpc.StatusCode.NOT_FOUND
        assert not (await stub.FindCases(service_pb2.FindCasesRequest(party=email))).case_ids
        assert not (await stub.ListRejected(service_pb2.ListRejectedRequest())).items
    async with connect(intake.grpc_target) as channel:
        stub = service_pb2_grpc.IntakeServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as unknown:
            await stub.ListRejected(service_pb2.ListRejectedRequest())
        assert unknown.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_a_client_that_hangs_up_half_way_harms_nobody(intake: Intake) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", int(intake.http_url.rpartition(":")[2]))
    head = "POST /v1/complaints HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
    writer.write(f"{head}Authorization: Bearer {intake.token}\r\nIdempotency-Key: k\r\n\r\n{{".encode())
    await writer.drain()
    writer.close()
    assert (await intake.post("/v1/complaints", GOOD, Idempotency_Key="k"))[0] == 201
