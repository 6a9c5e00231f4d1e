"""Complaints by three channels at once, each repeated until it is acknowledged, as providers do."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from zlib import crc32

import aiohttp
import aiosmtplib

from services.standalone.demo.clients import Clients, compose
from services.standalone.demo.ledger import Answer
from tests.support.ledger import ClientLedger, Sent
from tests.support.platform import OURS

_AGAIN_S = 0.05
_LOST = (aiohttp.ClientError, aiosmtplib.SMTPException, OSError, TimeoutError, ssl.SSLError)
Send = Callable[[], Awaitable[Answer]]


@dataclass(slots=True)
class Load:
    """`count` complaints by `senders` at a time, at most `per_s` begun in a second (0: as fast as it goes).

    `twice` sends each of them two times over, at the same time.
    """

    clients: Clients
    ledger: ClientLedger
    mark: str
    count: int
    senders: int = 8
    per_s: float = 0.0
    twice: bool = False
    done: int = 0

    async def run(self) -> None:
        """Return when every complaint was acknowledged."""
        numbers = list(range(self.count, 0, -1))
        loop = asyncio.get_running_loop()
        started = loop.time()

        async def sender() -> None:
            while numbers:
                number = numbers.pop()
                due = started + number / self.per_s if self.per_s else 0.0
                await asyncio.sleep(max(0.0, due - loop.time()))
                await self._deliver(number)
                self.done += 1

        async with asyncio.TaskGroup() as group:
            for _ in range(self.senders):
                group.create_task(sender())

    async def _deliver(self, number: int) -> None:
        channel, send = self._complaint(number)
        sent = self.ledger.begin(reference(self.mark, number), channel)
        attempts = [self._until_accepted(sent, send) for _ in range(2 if self.twice else 1)]
        await asyncio.gather(*attempts)

    async def _until_accepted(self, sent: Sent, send: Send) -> None:
        """The same bytes again until somebody says that they have it; a refusal is none of ours to expect."""
        while True:
            try:
                answer = await send()
            except _LOST:
                answer = Answer(0)
            self.ledger.answered(sent, answer.code, _case_id(answer))
            if answer.accepted:
                return
            assert answer.code in (0, 421, 451, 503), f"{sent.channel}: {answer.code} {answer.text[:300]}"
            await asyncio.sleep(_AGAIN_S)

    def _complaint(self, number: int) -> tuple[str, Send]:
        """Which channel, and how to send it: prepared once, so that every attempt is the same."""
        text = f"My parcel never came and nobody answers. {reference(self.mark, number)}"
        match number % 3:
            case 0:
                _, post = self.clients.whatsapp(_phone(self.mark, number), f"Ada {number}", text)
                return "whatsapp", lambda: self.clients.send(post)
            case 1:
                sender = f"c{number}@{self.mark}.example"
                _, raw = compose(f"Ada {number}", sender, OURS.mailbox, "This cannot be right", text)
                return "email", lambda: self.clients.mail(raw, sender)
            case _:
                customer = {"name": f"Ada {number}", "email": f"r{number}@{self.mark}.example"}
                key = reference(self.mark, number)
                post = self.clients.rest("/v1/complaints", {"text": text, "customer": customer}, key)
                return "rest", lambda: self.clients.send(post)


def reference(mark: str, number: int) -> str:
    """What tells one complaint from all others, wherever its text is met."""
    return f"ref-{mark}-{number}-"


def _phone(mark: str, number: int) -> str:
    return f"+4477{crc32(mark.encode()) % 1000:03}{number:05}"


def _case_id(answer: Answer) -> str:
    if answer.code != 201:
        return ""
    case_id: str = json.loads(answer.text)["case_id"]
    return case_id
