"""What the provider accepted, in the order it came, and a way to wait for more."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Message:
    """One accepted message; `to` and `sender` as the API was given them, `details` what else it was given."""

    sequence: int
    provider: str  # "twilio", "whatsapp", "messenger", "telegram", ..., "smtp"
    message_id: str
    account: str  # Twilio account SID, phone number id, page id; empty for mail
    sender: str
    to: str
    subject: str
    text: str
    accepted_at: datetime
    details: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """The message as `GET /recorded` shows it; times in ISO 8601, UTC."""
        return {**asdict(self), "accepted_at": self.accepted_at.isoformat()}


class Ledger:
    """Append-only list of messages; one per provider process."""

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._grown = asyncio.Condition()

    async def add(
        self,
        provider: str,
        message_id: str,
        *,
        to: str,
        text: str,
        account: str = "",
        sender: str = "",
        subject: str = "",
        details: Mapping[str, str] | None = None,
    ) -> Message:
        """Keep one message and wake whoever waits for it."""
        async with self._grown:
            message = Message(
                sequence=len(self._messages) + 1,
                provider=provider,
                message_id=message_id,
                account=account,
                sender=sender,
                to=to,
                subject=subject,
                text=text,
                accepted_at=datetime.now(UTC),
                details=dict(details or {}),
            )
            self._messages.append(message)
            self._grown.notify_all()
        return message

    def find(self, *, to: str = "", provider: str = "", after: int = 0) -> list[Message]:
        """Messages with a sequence above `after`; empty filters match everything, `to` ignores case."""
        wanted = to.casefold()
        return [
            message
            for message in self._messages[after:]
            if (not wanted or message.to.casefold() == wanted)
            and (not provider or message.provider == provider)
        ]

    async def wait(
        self, *, to: str = "", provider: str = "", after: int = 0, timeout: float = 0.0
    ) -> list[Message]:
        """As `find`, but waits up to `timeout` seconds for a first match; empty when none came."""
        try:
            async with asyncio.timeout(timeout), self._grown:
                await self._grown.wait_for(lambda: bool(self.find(to=to, provider=provider, after=after)))
        except TimeoutError:
            pass  # nothing came: the caller sees the empty list
        return self.find(to=to, provider=provider, after=after)


def new_id(prefix: str) -> str:
    """A fresh provider message id: `SM` and 32 hex digits for Twilio, `wamid.`, `m_` for Meta."""
    return prefix + uuid.uuid4().hex
