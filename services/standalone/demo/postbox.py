"""What customers find on their phones and in their mailboxes: read from the recording provider over HTTP."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp

from services.standalone.demo.manners import AUTOMATIC
from services.standalone.waiting import going_on

# The provider answers at once when something new is there; this is how long it waits otherwise.
_WAIT_S = 5


@dataclass(frozen=True, slots=True)
class Received:
    """One message as the customer sees it; `headers` of a mail, parameters of a text."""

    provider: str
    message_id: str
    to: str
    subject: str
    text: str
    headers: Mapping[str, str]

    @property
    def automatic(self) -> bool:
        """Whether it says that no person wrote it."""
        return AUTOMATIC in " ".join(self.text.split())


class Postbox:
    """Sorts what the provider recorded by its addressee, for those who asked for theirs by `of`. `run` reads
    until it is cancelled; the last `keep` messages are kept, all without it.
    """

    def __init__(self, session: aiohttp.ClientSession, provider_url: str, keep: int | None = None) -> None:
        self._session = session
        self._url = f"{provider_url}/recorded"
        self._queues: defaultdict[str, asyncio.Queue[Received]] = defaultdict(asyncio.Queue)
        self.received: deque[Received] = deque(maxlen=keep)

    def of(self, address: str) -> asyncio.Queue[Received]:
        """What comes for this address, in its order."""
        return self._queues[_key(address)]

    def forget(self, address: str) -> None:
        """Nobody reads at this address any more."""
        self._queues.pop(_key(address), None)

    async def run(self) -> None:
        """Read what is new, again and again."""
        after = 0
        while going_on():
            for message in await self._read(after):
                after = int(message["sequence"])
                self._sort(message)

    async def _read(self, after: int) -> list[dict[str, str]]:
        timeout = aiohttp.ClientTimeout(total=_WAIT_S * 4)
        query = {"after": str(after), "wait": str(_WAIT_S)}
        async with self._session.get(self._url, params=query, timeout=timeout) as response:
            response.raise_for_status()
            messages: list[dict[str, str]] = (await response.json())["messages"]
            return messages

    def _sort(self, message: Mapping[str, object]) -> None:
        details = message.get("details")
        received = Received(
            provider=str(message["provider"]),
            message_id=str(message["message_id"]),
            to=str(message["to"]),
            subject=str(message["subject"]),
            text=str(message["text"]),
            headers={str(name): str(value) for name, value in details.items()}
            if isinstance(details, dict)
            else {},
        )
        self.received.append(received)
        if _key(received.to) in self._queues:
            self.of(received.to).put_nowait(received)

    def copies(self) -> Counter[str]:
        """How often each message of a person arrived, by the provider's id."""
        return Counter(one.message_id for one in self.received if not one.automatic)


def _key(address: str) -> str:
    """Mail addresses without case, numbers without their plus: WhatsApp leaves it out."""
    return address.casefold().lstrip("+")
