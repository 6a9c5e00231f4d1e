"""A web chat over real HTTP: a visitor's browser on one side, follow-up's own sender on the other."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.chassis.clock import SystemClock
from services.chassis.forgetting import Forgetting
from services.followup.adapters.senders.chat import ChatSender
from services.followup.domain.contact import REPLY, Contact, HandedOver, Refused, TryAgain
from services.followup.domain.words import Channel as Way
from services.followup.domain.words import Via
from services.intake.adapters.accounts import ChannelAccount
from services.intake.adapters.channels.webchat import SESSION_AGE
from services.intake.adapters.chatlines import OLD_LINES, ChatLines, Line, Visitor
from services.intake.adapters.registration import register_account
from services.intake.domain.records import Channel
from tests.integration.intake.conftest import OTHER, TENANT, THREAD_SECRET, Intake

pytestmark = pytest.mark.integration

ORIGIN = "https://www.harbour.example"
LINE = "0193a5e4-7b1c-7000-8000-00000000000"


class Browser:
    """One visitor's."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._base = f"{intake.http_url}/v1/chat/{TENANT}/site/"
        self.token = ""

    async def post(self, what: str, body: Any = None, origin: str = ORIGIN) -> tuple[int, Any]:
        headers = {"origin": origin, "authorization": f"Bearer {self.token}"}
        data = json.dumps(body).encode()
        async with self._intake.session.post(self._base + what, data=data, headers=headers) as answer:
            return answer.status, await answer.json()

    async def begin(self) -> None:
        status, told = await self.post("sessions")
        assert status == 201
        self.token = told["token"]

    async def hear(self, count: int, last: str = "0") -> list[tuple[str, dict[str, Any]]]:
        """The next lines of the stream, each with its id."""
        headers = {"origin": ORIGIN, "authorization": f"Bearer {self.token}", "last-event-id": last}
        found: list[tuple[str, dict[str, Any]]] = []
        async with self._intake.session.get(self._base + "events", headers=headers) as stream:
            assert (stream.status, stream.content_type) == (200, "text/event-stream")
            number = ""
            async for raw in stream.content:
                name, _, value = raw.decode().strip().partition(": ")
                number = value if name == "id" else number
                if name == "data":
                    found.append((number, json.loads(value)))
                if len(found) == count:
                    return found
        raise AssertionError(f"the stream ended after {found}")


def contact(visitor: str, number: int) -> Contact:
    """What follow-up sends."""
    return Contact(
        contact_id=f"{LINE}{number}", tenant_id=TENANT, case_id=f"{LINE}0", kind=REPLY, human=True,
        channel=Way.WEBCHAT, via=Via.WEBCHAT, account="site", party_value=visitor, party_name="", subject="",
        text=f"I am sorry, Ana. ({number})", in_reply_to="", thread_key="", author="Maria",
        queued_at=datetime.now(UTC),
    )  # fmt: skip


async def test_a_visitor_is_heard_once_answered_and_reads_on_where_the_browser_stopped(
    intake: Intake,
) -> None:
    account = ChannelAccount(TENANT, "webchat", "site", Channel.WEBCHAT, {"origins": ORIGIN})
    await register_account(intake.database, account, SystemClock().now())
    ana, stranger = Browser(intake), Browser(intake)
    assert (await ana.post("messages", {"id": "m1", "text": "x"}))[0] == 401
    assert (await ana.post("sessions", origin="https://evil.example"))[1]["rule"] == "origin_refused"
    await ana.begin()
    await stranger.begin()
    for _ in range(2):
        assert (await ana.post("messages", {"id": "m1", "text": "My bag is lost"}))[0] == 201
    assert (await ana.post("messages", {"id": "m1", "text": "Other"}))[1]["rule"] == "id_reused"
    assert (await ana.post("messages", {"id": "m2", "text": "Two days now"}))[0] == 201
    (complaint,) = await intake.said("ComplaintReceived")
    (further,) = await intake.said("CustomerMessageReceived")
    assert further.case_id == complaint.case_id
    visitor = complaint.message.party.value

    sender = ChatSender(intake.session, intake.http_url, THREAD_SECRET, SystemClock())
    for number in (1, 1, 2):
        outcome = await sender.send(contact(visitor, number))
        assert isinstance(outcome, HandedOver)
        assert (outcome.provider_message_id, outcome.final) == (f"{LINE}{number}", False)
    (first, line), (_, second) = await ana.hear(2)
    assert (line["author"], line["text"]) == ("Maria", "I am sorry, Ana. (1)")
    assert (await ana.hear(1, last=first))[0][1] == second

    assert (await stranger.post("receipts", {"line_id": line["line_id"]}))[1]["rule"] == "unknown_line"
    for _ in range(2):
        assert (await ana.post("receipts", {"line_id": line["line_id"]}))[0] == 201
    (receipt,) = await intake.said("DeliveryReceiptReceived")
    assert (receipt.provider, receipt.provider_message_id) == ("webchat", f"{LINE}1")
    assert receipt.outcome == receipt.OUTCOME_DELIVERED

    forger = ChatSender(intake.session, intake.http_url, "guess", SystemClock())
    assert isinstance(await forger.send(contact(visitor, 3)), TryAgain)
    assert isinstance(await sender.send(replace(contact(visitor, 3), account="gone")), TryAgain)
    assert isinstance(await sender.send(contact("nobody", 3)), Refused)
    async with intake.session.get(f"{intake.http_url}/v1/chat/widget.js") as widget:
        assert (widget.status, widget.content_type) == (200, "text/javascript")


async def test_lines_that_no_session_can_read_any_more_are_forgotten(intake: Intake) -> None:
    lines = ChatLines(intake.database)
    ana, now = Visitor(TENANT, "site", "5ca1ab1e" * 4), datetime.now(UTC)
    other = replace(ana, tenant_id=OTHER)
    for number, (visitor, age) in enumerate([(ana, 31), (ana, 29), (other, 31)]):
        line = Line(UUID(f"{LINE}{number}"), "Maria", "text", now - timedelta(days=age))
        await lines.add(visitor, line)
    # The service's own may have been at it before.
    await Forgetting(intake.database, SystemClock(), OLD_LINES, SESSION_AGE).forget()
    assert [one.line_id for one in await lines.after(ana, 0)] == [UUID(f"{LINE}1")]
    assert await lines.after(other, 0) == []
