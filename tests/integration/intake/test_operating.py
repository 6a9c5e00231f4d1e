"""The operators' tools: tail, show, reprocess, replay and the end of what is old, over real servers."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiosmtplib
import grpc
import pytest
from amends.intake.v1 import service_pb2 as pb
from amends.intake.v1 import service_pb2_grpc

from services.chassis.calling import connect
from services.chassis.clock import ManualClock, SystemClock
from services.chassis.rpcstatus import error_reason
from services.chassis.security import ApiKeys
from services.chassis.testing.waiting import wait_for
from services.intake.adapters.accounts import ChannelAccount, Secret
from services.intake.adapters.channels.hooks import Reading, Request
from services.intake.adapters.channels.registry import HOOKS
from services.intake.adapters.purging import purging
from services.intake.adapters.registration import register_account
from services.intake.domain.errors import Malformed
from services.intake.domain.records import Channel, Source, Unrecognised
from tests.integration.intake.conftest import OTHER, TENANT, TOKEN, Intake
from tests.support.topicreader import read

pytestmark = pytest.mark.integration

GOOD = {"text": "Wrong bill", "customer": {"email": "ada@example.org"}}
SMS = {"MessageSid": "SM1", "From": "+447700900123", "To": "+442079460199", "Body": "No heating"}
WHATSAPP = {
    "object": "whatsapp_business_account",
    "entry": [
        {
            "changes": [
                {
                    "field": "messages",
                    "value": {
                        "metadata": {"phone_number_id": "31415"},
                        "contacts": [{"wa_id": "447700900123", "profile": {"name": "Ada"}}],
                        "messages": [
                            {
                                "id": "wamid.1",
                                "from": "447700900123",
                                "timestamp": "1767323045",
                                "type": "text",
                                "text": {"body": "Still no heating"},
                            }
                        ],
                    },
                }
            ]
        }
    ],
}


@asynccontextmanager
async def desk(intake: Intake, tenant: str = TENANT) -> AsyncIterator[Any]:
    """IntakeService with the key of a supervisor."""
    token = await ApiKeys(intake.database).create(tenant, "supervisor")
    async with connect(intake.grpc_target, token) as channel:
        yield service_pb2_grpc.IntakeServiceStub(channel)


async def by_mail(intake: Intake, mail: bytes) -> None:
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=intake.smtp_port, use_tls=False, start_tls=False)
    async with client:
        await client.sendmail("ada@example.org", ["care@harbour.example"], mail)


async def test_what_was_refused_for_an_unknown_number_is_taken_once_the_number_is_registered(
    intake: Intake,
) -> None:
    """Once, with the first receipt's time, though the provider sends it again and we read it again."""
    assert (await intake.twilio("sms", SMS))[0] == 404
    number = ChannelAccount(TENANT, "twilio", SMS["To"], Channel.SMS, {}, (Secret("auth_token", TOKEN),))
    async with desk(intake) as asked:
        (refused,) = (await asked.ListRejected(pb.ListRejectedRequest())).items
        assert (refused.code, refused.channel) == ("unknown_account", "sms")
        again = pb.ReprocessInputRequest(input_id=refused.reject_id)
        assert (await asked.ReprocessInput(again)).code == "unknown_account"
        await register_account(intake.database, number, SystemClock().now())

        async def taken() -> pb.ReprocessInputResponse | None:
            done = await asked.ReprocessInput(again)
            return None if done.code else done

        first = await wait_for(taken)
        assert first is not None
        assert [(one.outcome, one.repeated_before) for one in first.items] == [("case_begun", False)]
        second = await asked.ReprocessInput(again)
        assert [(one.outcome, one.repeated_before) for one in second.items] == [("case_begun", True)]
        assert (await intake.twilio("sms", SMS))[0] == 200
        (complaint,) = await intake.said("ComplaintReceived")
        assert complaint.message.received_at == refused.received_at
        assert complaint.message.normalised_at.ToDatetime() > refused.received_at.ToDatetime()
        (ended,) = (await asked.ListRejected(pb.ListRejectedRequest())).items
        assert ended.HasField("reprocessed_at")
        shown = await asked.ShowInput(pb.ShowInputRequest(input_id=complaint.message.message_id))
        assert (shown.hook, [one.reject_id for one in shown.refusals]) == ("twilio/sms", [refused.reject_id])
    assert len(await intake.said("IntakeRejected")) == 1


async def test_a_forged_request_is_not_taken_by_reading_it_again(intake: Intake) -> None:
    form = SMS | {"To": "+442079460101"}
    assert (await intake.twilio("sms", form, signature="AAAA"))[0] == 401
    async with desk(intake) as asked:
        (refused,) = (await asked.ListRejected(pb.ListRejectedRequest())).items
        done = await asked.ReprocessInput(pb.ReprocessInputRequest(input_id=refused.reject_id))
    assert (done.code, list(done.items)) == ("bad_signature", [])
    assert not await intake.said("ComplaintReceived")


async def test_what_a_faulty_reader_refused_or_did_not_understand_is_taken_by_a_mended_one(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = HOOKS["whatsapp"]

    def faulty(_: Request) -> Reading:
        raise Malformed("malformed_json", "a fault of ours")

    def ignorant(request: Request) -> Reading:
        source = Source(request.tenant_id, "meta", "31415", "wamid.1", Channel.WHATSAPP)
        return Reading((Unrecognised(source, "whatsapp text"),))

    monkeypatch.setitem(HOOKS, "whatsapp", replace(whole, read=faulty))  # type: ignore[arg-type]
    assert (await intake.meta("whatsapp", WHATSAPP))[0] == 400
    monkeypatch.setitem(HOOKS, "whatsapp", replace(whole, read=ignorant))  # type: ignore[arg-type]
    assert (await intake.meta("whatsapp", WHATSAPP))[0] == 200
    monkeypatch.setitem(HOOKS, "whatsapp", whole)  # type: ignore[arg-type]
    (row,) = await intake.fetch("select raw_id from inbox")
    async with desk(intake) as asked:
        (refused,) = (await asked.ListRejected(pb.ListRejectedRequest())).items
        assert (await intake.meta("whatsapp", WHATSAPP))[0] == 200  # the first answer stands
        assert not await intake.said("ComplaintReceived")
        ids = [str(row["raw_id"]), refused.reject_id]
        done = await asyncio.gather(
            *(asked.ReprocessInput(pb.ReprocessInputRequest(input_id=one)) for one in ids * 8)
        )
    assert {one.code for one in done} == {""}
    (complaint,) = await intake.said("ComplaintReceived")
    assert complaint.message.text == "Still no heating"
    assert complaint.message.occurred_at.seconds == 1767323045


async def test_mail_is_shown_as_it_came_and_read_again_it_stays_one_word(intake: Intake) -> None:
    mail = b"From: Ada <ada@example.org>\r\nMessage-ID: <m1@x>\r\nSubject: \xff\r\n\r\nCold\x1b[2J again\r\n"
    await by_mail(intake, mail)
    (complaint,) = await intake.said("ComplaintReceived")
    message_id = complaint.message.message_id
    async with desk(intake) as asked:
        shown = await asked.ShowInput(pb.ShowInputRequest(input_id=message_id))
        assert (shown.raw, shown.protocol, list(shown.recipients)) == (mail, "smtp", ["care@harbour.example"])
        part = await asked.ShowInput(pb.ShowInputRequest(input_id=message_id, raw_offset=len(mail) - 7))
        assert part.raw == b"again\r\n"
        done = await asked.ReprocessInput(pb.ReprocessInputRequest(input_id=message_id))
    assert [(one.message_id, one.repeated_before) for one in done.items] == [(message_id, True)]
    async with desk(intake, OTHER) as stranger:
        for call, kind in (("ShowInput", pb.ShowInputRequest), ("ReprocessInput", pb.ReprocessInputRequest)):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await getattr(stranger, call)(kind(input_id=message_id))
            assert refused.value.code() is grpc.StatusCode.NOT_FOUND


async def test_what_a_program_was_told_is_not_read_again(intake: Intake) -> None:
    await intake.post("/v1/complaints", b"{", Idempotency_Key="k")
    async with desk(intake) as asked:
        (refused,) = (await asked.ListRejected(pb.ListRejectedRequest())).items
        with pytest.raises(grpc.aio.AioRpcError) as told:
            await asked.ReprocessInput(pb.ReprocessInputRequest(input_id=refused.reject_id))
    assert error_reason(told.value)[0] == "told_to_its_sender"


async def test_the_tail_tells_everything_once_and_goes_on_from_its_token(intake: Intake) -> None:
    async def read_on(asked: Any, token: str, until: str) -> list[pb.TailIntakeResponse]:
        found = []
        stream = asked.TailIntake(pb.TailIntakeRequest(resume_token=token))
        async for told in stream:
            found.append(told)
            if told.type == until:
                break
        stream.cancel()
        return found

    async with desk(intake) as asked, desk(intake, OTHER) as stranger:
        begin = (await asked.TailIntake(pb.TailIntakeRequest()).read()).resume_token
        live = asyncio.create_task(read_on(asked, "", "IntakeRejected"))
        await intake.post("/v1/complaints", GOOD, Idempotency_Key="k")
        await intake.post("/v1/complaints", b"{", Idempotency_Key="bad")
        later = [one for one in await read_on(asked, begin, "IntakeRejected") if one.event_id]
        said = [kind for kind, _, _ in await intake.journal()]
        assert [one.type for one in later] == said
        assert (later[-1].code, later[0].channel) == ("malformed_json", "api")
        middle = later[1].resume_token
        rest = [one for one in await read_on(asked, middle, "IntakeRejected") if one.event_id]
        assert [one.event_id for one in rest] == [one.event_id for one in later[2:]]
        assert (await live)[-1].event_id == later[-1].event_id
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await asked.TailIntake(pb.TailIntakeRequest(resume_token="f" * 32)).read()
        assert error_reason(refused.value)[0] == "bad_resume_token"
        await intake.post("/v1/complaints", GOOD, token=intake.other_token, Idempotency_Key="k")
        theirs = [one for one in await read_on(stranger, begin, "ComplaintReceived") if one.event_id]
    assert [one.type for one in theirs] == ["ComplaintReceived"]


async def test_a_replay_is_the_same_records_again(
    publishing_intake: Intake, kafka_bootstrap: str, topic_prefix: str
) -> None:
    intake, topic = publishing_intake, f"{topic_prefix}amends.intake.events.v1"
    began = SystemClock().now()
    for number in range(2):
        await intake.post("/v1/complaints", GOOD, Idempotency_Key=f"k{number}")
    said = await intake.journal()
    key = said[0][1]
    of_case = [kind for kind, whose, _ in said if whose == key]

    async def records(count: int) -> list[Any]:
        async def all_there() -> list[Any] | None:
            found = await asyncio.to_thread(read, kafka_bootstrap, [topic])
            return found if len(found) >= count else None

        return await wait_for(all_there) or []

    first = await records(len(said))
    async with desk(intake) as asked:
        done = await asked.ReplayEvents(pb.ReplayEventsRequest(key=key))
        assert (done.replayed, done.next_page_token) == (len(of_case), "")
        everything = pb.ReplayEventsRequest()
        everything.since.FromDatetime(began)
        assert (await asked.ReplayEvents(everything)).replayed == len(said)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await asked.ReplayEvents(pb.ReplayEventsRequest())
        assert error_reason(refused.value)[0] == "replay_of_what"
    again = await records(2 * len(said) + len(of_case))
    assert len(again) == 2 * len(said) + len(of_case)
    assert {_what(one) for one in again} == {_what(one) for one in first}


def _what(record: Any) -> tuple[Any, ...]:
    """Everything but where it lies; of the trace of one request the rest differs by nothing."""
    return record.key, record.value, tuple(sorted(record.headers))


async def test_input_is_deleted_by_age_with_its_refusals_and_the_words_stay(intake: Intake) -> None:
    await intake.post("/v1/complaints", GOOD, Idempotency_Key="k")
    await intake.post("/v1/complaints", b"{", Idempotency_Key="bad")
    now = SystemClock().now()
    assert await purging(intake.database, ManualClock(now + timedelta(days=9)), 10).forget() == 0
    assert await purging(intake.database, ManualClock(now + timedelta(days=11)), 10).forget() == 2
    assert not await intake.fetch("select raw_id from raw_input")
    assert not await intake.fetch("select reject_id from refusal")
    assert len(await intake.said("ComplaintReceived")) == 1


async def test_the_commands_list_show_and_reprocess_what_was_refused(intake: Intake, tmp_path: Path) -> None:
    body = b"MessageSid=SM9&From=%2B447700900123&To=%2B442079460101&Body=\x1b]0;owned\x07\xe2\x80\xae"
    target = f"{intake.http_url}/v1/hooks/{TENANT}/twilio/sms"
    headers = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": "AAAA"}
    async with intake.session.post(target, data=body, headers=headers) as answer:
        assert answer.status == 401
    token = await ApiKeys(intake.database).create(TENANT, "supervisor")
    env = os.environ | {
        "AMENDS_HOME": str(tmp_path),
        "AMENDS_TOKEN": token,
        "AMENDS_INTAKE_GRPC_BIND": intake.grpc_target,
    }

    async def amends(*words: str) -> tuple[int | None, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.cli.main", "intake", *words, env=env,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, _ = await process.communicate()
        return process.returncode, out.decode()

    status, listed = await amends("rejected", "--pending", "--json")
    (refused,) = [json.loads(line) for line in listed.splitlines()]
    assert (status, refused["code"]) == (0, "bad_signature")
    status, shown = await amends("show", refused["reject_id"], "--out", str(tmp_path / "raw"))
    assert (tmp_path / "raw").read_bytes() == body
    status, shown = await amends("show", refused["reject_id"])
    assert "Body=\\x1b]0;owned\\x07\\u202e" in shown
    assert "signature not verified" in shown
    status, told = await amends("reprocess", "--all-rejected")
    assert (status, "still refused: bad_signature" in told) == (1, True)
