"""Hostile input at the real ports: each piece gets its channel's answer and is counted and listed, and a good
complaint right after it goes through."""

from __future__ import annotations

import secrets
from base64 import b64encode
from dataclasses import dataclass, replace

import grpc
import grpc.aio
import pytest
from amends.followup.v1 import service_pb2 as followup
from amends.followup.v1 import service_pb2_grpc as followup_grpc
from amends.intake.v1 import service_pb2 as intake
from amends.intake.v1 import service_pb2_grpc as intake_grpc
from amends.resolution.v1 import service_pb2 as resolution
from amends.resolution.v1 import service_pb2_grpc as resolution_grpc

from services.chassis.testing.waiting import wait_for
from services.standalone.demo.clients import compose
from tests.e2e.conftest import House
from tests.e2e.support_calls import Method, hostile_requests, methods
from tests.e2e.support_hostile import LIES, MAILS, METAS, RESTS, SMSES, Bad, Lie, tell
from tests.e2e.support_platform import Platform
from tests.e2e.support_raw import dialogue
from tests.e2e.support_sink import Sink, header_lines

LONGEST_SUBJECT = 900

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]

CONTACTS = "amends_contacts_received_total"


@dataclass(frozen=True, slots=True)
class Scene:
    """The platform, and the mail server that its mail goes out to."""

    platform: Platform
    mails: Sink

    async def counted(self, bad: Bad) -> float:
        return await self.platform.figure(
            "intake", CONTACTS, channel=bad.channel, provider=bad.provider, outcome=bad.counted
        )

    async def good(self, channel: str) -> None:
        """A good complaint on this channel becomes a case with an owner."""
        kind, value = await getattr(self, f"_{channel}")()
        (case_id,) = await self.platform.cases_of(self.platform.harbour, kind, value)
        assert (await self.platform.opened(self.platform.harbour, case_id)).owner.employee_id

    async def _api(self) -> tuple[str, str]:
        address = f"{secrets.token_hex(6)}@good.example"
        await self.platform.complain(self.platform.harbour, address)
        return "email", address

    async def _email(self) -> tuple[str, str]:
        address = f"{secrets.token_hex(6)}@good.example"
        _, raw = compose("Cora", address, "care@harbour.example", "Wet", "My seat was wet.")
        answer = await self.platform.clients(self.platform.harbour).mail(raw, address)
        assert answer.code == 250, answer
        return "email", address

    async def _sms(self) -> tuple[str, str]:
        number = f"+4477009{secrets.randbelow(10**5):05}"
        clients = self.platform.clients(self.platform.harbour)
        assert (await clients.send(clients.sms(number, "My seat was wet.")[1])).code == 200
        return "phone", number

    async def _whatsapp(self) -> tuple[str, str]:
        number = f"+4477009{secrets.randbelow(10**5):05}"
        clients = self.platform.clients(self.platform.harbour)
        assert (await clients.send(clients.whatsapp(number, "Cora", "Wet.")[1])).code == 200
        return "whatsapp", number

    async def _messenger(self) -> tuple[str, str]:
        person = str(10**14 + secrets.randbelow(10**14))
        clients = self.platform.clients(self.platform.harbour)
        assert (await clients.send(clients.messenger(person, "Wet.")[1])).code == 200
        return "messenger", person


@pytest.fixture
def scene(house: House) -> Scene:
    return Scene(house.platform, house.mails)


@pytest.mark.parametrize("bad", [*MAILS, *RESTS, *SMSES, *METAS], ids=lambda bad: bad.name)
async def test_it_is_answered_counted_and_listed_and_the_next_complaint_goes_through(
    scene: Scene, bad: Bad
) -> None:
    counted = await scene.counted(bad)
    listed = {one.reject_id for one in await scene.platform.rejected(scene.platform.harbour)}
    assert await bad.send(scene.platform) == bad.answer
    new = [
        (one.code, one.provider)
        for one in await scene.platform.rejected(scene.platform.harbour)
        if one.reject_id not in listed
    ]
    assert new == ([(bad.rule, bad.provider)] if bad.rule else [])
    assert await scene.counted(bad) == counted + 1
    await scene.good(bad.channel)


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.name)
async def test_a_request_whose_framing_lies_begins_no_case(scene: Scene, lie: Lie) -> None:
    eve = ("email", "eve@example.net")
    before, failed = await scene.platform.cases_of(scene.platform.harbour, *eve), await _failed(scene)
    assert await tell(scene.platform, lie) in lie.answers
    assert await scene.platform.cases_of(scene.platform.harbour, *eve) == before
    await wait_for(lambda: _failed_more(scene, failed), what="the request in the figures")
    await scene.good("api")


async def _failed(scene: Scene) -> float:
    """Requests that intake answered with anything but success, as /metrics counts them."""
    ask, name = scene.platform.figure, "http_server_request_duration_seconds_count"
    good = [
        await ask("intake", name, server="intake", http_response_status_code=code)
        for code in ("200", "201", "204")
    ]
    return await ask("intake", name, server="intake") - sum(good)


async def _failed_more(scene: Scene, before: float) -> bool:
    return await _failed(scene) > before


async def test_a_request_that_is_repeated_is_answered_as_the_first_time_and_says_nothing_new(
    scene: Scene,
) -> None:
    """A captured request has a right signature: the inbox row is what stops its replay (conventions 1.1)."""
    clients = scene.platform.clients(scene.platform.harbour)
    posts = {
        ("phone", "+447700900777"): clients.sms("+447700900777", "Wet.")[1],
        ("whatsapp", "+447700900778"): clients.whatsapp("+447700900778", "Cora", "Wet.")[1],
        ("messenger", "99887766"): clients.messenger("99887766", "Wet.")[1],
        ("email", "again@good.example"): clients.rest(
            "/v1/complaints", {"text": "Wet.", "customer": {"email": "again@good.example"}}, "again"
        ),
    }
    for party, post in posts.items():
        answers = {await clients.send(post) for _ in range(5)}
        assert len(answers) == 1
        assert answers.pop().code in (200, 201)
        (case_id,) = await scene.platform.cases_of(scene.platform.harbour, *party)
        await scene.platform.opened(scene.platform.harbour, case_id)
        async with scene.platform.channel("intake", scene.platform.harbour.supervisor) as channel:
            said = await intake_grpc.IntakeServiceStub(channel).ListMessages(
                intake.ListMessagesRequest(case_id=case_id)
            )
        assert len(said.messages) == 1
    (sms, *_) = posts.values()
    assert (await clients.send(replace(sms, url=sms.url + "?employee=eve"))).code == 401
    assert (await scene.counted(Bad("", "sms", "twilio", _nothing, 0, outcome="duplicate"))) >= 4


async def _nothing(_running: Platform) -> int:
    return 0


async def test_a_mail_that_announces_50_megabytes_is_refused_before_it_is_sent(scene: Scene) -> None:
    refused = Bad("", "email", "smtp", _nothing, 0, "mail_too_large")
    before = await scene.counted(refused)
    async with dialogue(scene.platform.stack.address("intake.smtp")) as session:
        assert (await session.say(b"MAIL FROM:<eve@example.net> SIZE=52428800")).startswith("552")
        assert (await session.mail(b"Subject: x\r\n\r\nGood.", [b"care@harbour.example"])).startswith("250")
    assert await scene.counted(refused) == before + 1


COMMANDS = [
    b"MAIL FROM:<eve@example.net\0>",
    b"MAIL FROM:<\xff\xfe@example.net>",
    b"MAIL FROM:<eve@example.net>\rRCPT TO:<care@harbour.example>",
    b"MAIL FROM:<" + b"e" * 5000 + b"@example.net>",
    b"MAIL FROM:<eve@example.net> SIZE=-1",
    b"MAIL FROM:<eve@example.net> SIZE=99999999999999999999",
    b"RCPT TO:<care@harbour.example>",
    b"RCPT TO:<care@harbour.example\0>",
    b"DATA",
    b"BDAT 10 LAST",
    b"\0\0\0\0",
    b"\xff\xfe\xfd",
    b"GET / HTTP/1.1",
    b"VRFY " + b"a" * 400,
    b"AUTH PLAIN AGV2ZQBldmU=",
    b"",
]


@pytest.mark.parametrize("listener", ["intake.smtp", "intake.lmtp"])
async def test_a_mail_session_survives_what_is_no_command(scene: Scene, listener: str) -> None:
    greeting = b"EHLO x.example" if listener.endswith("smtp") else b"LHLO x.example"
    async with dialogue(scene.platform.stack.address(listener), greeting) as session:
        for command in COMMANDS:
            told = await session.say(command)
            assert told[:1] in ("2", "5"), (command[:60], told)
            assert (await session.say(b"RSET")).startswith("250")
        told = await session.mail(b"Subject: x\r\n\r\nAfter all.", [b"care@harbour.example"])
        assert told.startswith("250")


# ------------------------------------------------------------------------------------------------- replies
BREAK = b64encode(b"Hi\r\nBcc: everyone@evil.example\r\n\r\nPay me.").decode()
ENCODED = f"=?utf-8?b?{BREAK}?="
TWICE = f"=?utf-8?b?{b64encode(ENCODED.encode()).decode()}?="
HOSTILE = [
    ENCODED,
    TWICE,
    "=?utf-8?q?Hi=0D=0ABcc:_everyone=40evil.example?=",
    "=?utf-8?q?Hi=0ABcc:_everyone=40evil.example=0D=0D?= =?utf-7?q?+AA0ACg-Bcc:_a=40b.c?=",
    "Hi\rBcc: everyone@evil.example",
    "Hi\u2028Bcc: everyone@evil.example\x85Bcc: a@b.c\x0bBcc: a@b.c\0",
    "x" * 4000,
]
OURS = {
    b"from", b"to", b"subject", b"date", b"message-id", b"reply-to", b"in-reply-to", b"references",
    b"auto-submitted", b"x-auto-response-suppress", b"content-type", b"content-transfer-encoding",
    b"mime-version",
}  # fmt: skip
REPLY = (
    "Hello, I am sorry that we let you down, and thank you for telling us. I am taking responsibility for "
    "this and will see it through myself. Next, I will send you what I suggest."
)


def harmless(mail: bytes) -> None:
    """Only our own headers, each once, and no line that ends in half a line break."""
    block = mail.partition(b"\r\n\r\n")[0].replace(b"\r\n", b"")
    assert not set(b"\r\n\0") & set(block)
    names = [line.partition(b":")[0].lower() for line in header_lines(mail)]
    assert len(set(names)) == len(names), names
    assert set(names) <= OURS, names


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
async def test_no_word_from_anybody_adds_a_header_to_our_mail(scene: Scene, hostile: str) -> None:
    """In subject, name and Message-ID of a mail, then in the subject of the owner's reply."""
    address = f"{secrets.token_hex(6)}@good.example"
    raw = (
        f"From: {hostile} <{address}>\r\nSubject: {hostile}\r\nMessage-ID: <{hostile}@x>\r\n\r\nWet.".encode()
    )
    assert (await scene.platform.clients(scene.platform.harbour).mail(raw, address)).code == 250
    (case_id,) = await scene.platform.cases_of(scene.platform.harbour, "email", address)
    case = await scene.platform.opened(scene.platform.harbour, case_id)
    await wait_for(lambda: len(scene.mails.to(address)) == 1, 30, what="the acknowledgement")
    reply = resolution.SendReplyRequest(
        case_id=case_id,
        text=REPLY,
        subject=hostile.replace("\0", "")[:LONGEST_SUBJECT],
        idempotency_key=case_id,
        override_reason="what the customer calls themselves is no name",
    )
    token = scene.platform.harbour.employees[case.owner.employee_id]
    async with scene.platform.channel("resolution", token) as channel:
        stub = resolution_grpc.ResolutionServiceStub(channel)
        if not hostile.isprintable():
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await stub.SendReply(reply)
            assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
            reply.subject = "".join(char for char in hostile if char.isprintable())[:LONGEST_SUBJECT]
        assert (await stub.SendReply(reply)).reply_id
    await wait_for(lambda: len(scene.mails.to(address)) == 2, 30, what="the reply")
    for mail in scene.mails.to(address):
        harmless(mail)
    assert not scene.mails.to("everyone@evil.example")


async def test_a_customer_with_an_internationalised_address_is_answered(scene: Scene) -> None:
    await scene.platform.complain(scene.platform.harbour, "jörg@büro.example")
    await wait_for(lambda: scene.mails.to("jörg@büro.example"), 30, what="the acknowledgement")


async def test_an_address_nobody_can_write_to_is_told_to_the_owner(scene: Scene) -> None:
    """The acknowledgement ends as failed; it is not tried for ever."""
    case = await scene.platform.complain(scene.platform.harbour, "[@good.example")
    async with scene.platform.channel("followup", scene.platform.harbour.supervisor) as channel:
        stub = followup_grpc.FollowupServiceStub(channel)

        async def failed() -> bool:
            found = await stub.ListContacts(followup.ListContactsRequest(case_id=case.case_id))
            return [one.state for one in found.contacts] == ["failed"]

        await wait_for(failed, 30, what="a failed contact")


# ------------------------------------------------------------------------------------------------- gRPC
EDGES = {
    "null bytes": "\0",
    "markup": "' or 1=1 --;\r\nBcc: a@b.c<script>\ufffe\u202e",
    "much": "w" * 1_000_000,
}
FINE = {
    grpc.StatusCode.OK, grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.ALREADY_EXISTS,
    grpc.StatusCode.RESOURCE_EXHAUSTED,  # more than 4 MiB
}  # fmt: skip


@pytest.mark.parametrize("method", list(methods()), ids=lambda method: method.name)
async def test_no_request_makes_a_method_fail_by_our_fault(scene: Scene, method: Method) -> None:
    """Whatever stands in the fields, the answer is about them: never INTERNAL, UNKNOWN or a hang-up."""
    harbour = scene.platform.harbour
    case = await scene.platform.complain(harbour, f"{secrets.token_hex(6)}@good.example")
    owner = harbour.employees[case.owner.employee_id]
    answers = {}
    async with grpc.aio.insecure_channel(scene.platform.stack.grpc(method.service)) as channel:
        for token in (owner, harbour.supervisor):
            for name, request in hostile_requests(method, EDGES, case.case_id):
                try:
                    await method.call(channel, request, f"Bearer {token}")
                    answers[name] = grpc.StatusCode.OK
                except grpc.aio.AioRpcError as error:
                    answers[name] = error.code()
    assert not {name: code for name, code in answers.items() if code not in FINE}
