"""The customers: each complains in their own way, reads what comes, and answers in their own words.

They know nothing but what they are told: an offer is what ends with "Does that make it right for you?", the
circle-back asks "Is everything solved now?", and what was sent automatically nobody answers.
"""

from __future__ import annotations

import asyncio
import textwrap
import uuid
from datetime import UTC, datetime

from services.standalone.demo.clients import Clients, Post, Thread, compose
from services.standalone.demo.ledger import Answer, Ledger, Sent, What
from services.standalone.demo.manners import OFFER, QUESTION
from services.standalone.demo.postbox import Postbox, Received
from services.standalone.demo.scenario import Send, Shape, Signing, Story, Way
from services.standalone.demo.telephone import Call, Exchange
from services.standalone.waiting import going_on

STORM = 50

# An open multipart, a charset nobody knows, a bare 8-bit header, no Message-ID: mail as it comes.
_BROKEN = (
    "From: {name} <{sender}>\r\nTo: {recipient}\r\nSubject: {subject}\r\nDate: not a date at all\r\n"
    'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="never-closed\r\n\r\n'
    "--never-closed\r\nContent-Type: text/plain; charset=x-nobody-knows\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\n{text}=E9=\r\n"
)


class Customer:
    """One person; `live` is their part from the complaint to their last answer."""

    def __init__(
        self, story: Story, clients: Clients, postbox: Postbox, exchange: Exchange, ledger: Ledger
    ) -> None:
        self.story = story
        self._clients = clients
        self.inbox = postbox.of(story.address)
        self._exchange = exchange
        self._ledger = ledger
        self._verdicts = list(story.verdicts)
        self._closings = list(story.closings)

    @property
    def silent(self) -> bool:
        """Whether this customer has nothing to say to the question whether it is solved."""
        return not self.story.closings

    @property
    def content(self) -> bool:
        """Whether this customer has said everything they have to say."""
        return not self._verdicts and not self._closings

    async def live(self) -> None:
        """Complain when it is time, then answer whatever comes, until cancelled."""
        await asyncio.sleep(self.story.at)
        await self.complain()
        while going_on():
            await self.react(await self.inbox.get())

    # ------------------------------------------------------------------------------------------ the complaint

    async def complain(self) -> None:
        """By the story's own way; a call until its end."""
        if self.story.way is Way.PHONE:
            await self._talk(self._exchange.dial(self.story))
        else:
            await self._write()

    async def _write(self) -> None:
        provider_id, raw_or_post = self._complaint()
        copies = {Send.ONCE: 1, Send.TWICE: 2, Send.STORM: STORM}[self.story.sends]
        sending = [What.COMPLAINT, *[What.REPEAT] * (copies - 1)]
        if self.story.sends is Send.STORM:
            await asyncio.gather(*(self._once(provider_id, raw_or_post, what) for what in sending))
            return
        for what in sending:
            await self._once(provider_id, raw_or_post, what)

    def _complaint(self) -> tuple[str, bytes | Post]:
        story, clients = self.story, self._clients
        match story.way:
            case Way.EMAIL if story.shape is Shape.BROKEN:
                return "", self._broken_mail()
            case Way.EMAIL:
                return compose(
                    story.name, story.address, clients.accounts.mailbox, story.subject, story.text,
                    charset=story.charset,
                )  # fmt: skip
            case Way.REST:
                return self._request()
        return self._text_message(story.text)

    def _text_message(self, text: str, answers: str = "") -> tuple[str, Post]:
        """A message by the story's own chat channel; a caller's is an SMS."""
        story, clients = self.story, self._clients
        if story.way is Way.WHATSAPP:
            return clients.whatsapp(story.address, story.name, text, answers)
        if story.way is Way.MESSENGER:
            return clients.messenger(story.address, text)
        return clients.sms(story.address, text, shared=story.signing is Signing.SHARED)

    def _broken_mail(self) -> bytes:
        story = self.story
        text = _BROKEN.format(
            name=story.name, sender=story.address, recipient=self._clients.accounts.mailbox,
            subject=story.subject, text=story.text.replace("\n", "\r\n"),
        )  # fmt: skip
        return text.encode("utf-8") + b"\xff\xfe\x80\r\n"

    def _request(self) -> tuple[str, Post]:
        story, key = self.story, uuid.uuid4().hex
        document: dict[str, object] = {
            "text": story.text,
            "customer": {"name": story.name, "email": story.address},
            "occurred_at": datetime.now(UTC).isoformat(),
        }
        if story.point_of_contact:
            document["point_of_contact_id"] = story.point_of_contact
        return key, self._clients.rest("/v1/complaints", document, key)

    async def _once(self, provider_id: str, raw_or_post: bytes | Post, what: What) -> None:
        if isinstance(raw_or_post, Post):
            answer = await self._clients.send(raw_or_post)
        else:
            answer = await self._clients.mail(raw_or_post, self.story.address)
        self._wrote(what, provider_id, answer)

    def _wrote(self, what: What, provider_id: str, answer: Answer) -> None:
        story = self.story
        self._ledger.add(Sent(story.way, what, story.address, provider_id, answer, story.id))
        if not answer.accepted:
            self._ledger.surprise(f"{story.id}: {what} answered {answer.code} {answer.text[:120]}")
        elif what is What.COMPLAINT:
            self._tell(" ".join(story.text.split()))

    # ------------------------------------------------------------------------------------------ the telephone

    async def _talk(self, call: Call) -> None:
        """Call, say what is wrong, listen and answer until the employee says goodbye."""
        self._wrote(What.COMPLAINT, call.sid, await call.ring())
        self._wrote(What.WORD, call.sid, await call.customer_says(self.story.text))
        ended = asyncio.ensure_future(call.ended.wait())
        try:
            while not ended.done():
                heard = asyncio.ensure_future(call.at_home.get())
                await asyncio.wait({heard, ended}, return_when=asyncio.FIRST_COMPLETED)
                if not heard.done():
                    heard.cancel()
                    continue
                self._ledger.heard(self.story.id, automatic=False)
                if OFFER in heard.result() and self._verdicts:
                    self._wrote(What.WORD, call.sid, await call.customer_says(self._verdicts.pop(0)))
        finally:
            ended.cancel()

    # ------------------------------------------------------------------------------------------ answers

    async def react(self, received: Received) -> None:
        """Answer what asks for an answer."""
        said = " ".join(received.text.split())
        self._ledger.heard(self.story.id, automatic=received.automatic)
        if received.automatic:
            return
        if OFFER in said and self._verdicts:
            await self._answer(self._verdicts.pop(0), received)
        elif QUESTION in said and self._closings:
            await self._answer(self._closings.pop(0), received)

    async def _answer(self, text: str, received: Received) -> None:
        """Answer by the way the message came."""
        if received.provider == "smtp":
            thread = Thread(
                received.headers.get("Reply-To", received.headers.get("From", "")),
                received.message_id,
                received.subject,
            )
            provider_id, raw = compose(
                self.story.name, self.story.address, thread.reply_to, "", text, thread=thread
            )
            answer = await self._clients.mail(raw, self.story.address, thread.reply_to)
        else:
            provider_id, post = self._text_message(text, received.message_id)
            answer = await self._clients.send(post)
        self._wrote(What.WORD, provider_id, answer)
        self._tell(text)

    def _tell(self, text: str) -> None:
        who = self.story.name or self.story.address
        self._ledger.tell(f"{self.story.way:<9} {who}: {textwrap.shorten(text, 90, placeholder=' ...')}")
