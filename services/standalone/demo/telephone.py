"""The telephone: what one side says on a call the other hears, and Twilio tells the platform."""

from __future__ import annotations

import asyncio
import itertools
import json
import uuid
from datetime import UTC, datetime

from services.standalone.demo.clients import Clients, now_text
from services.standalone.demo.ledger import Answer
from services.standalone.demo.scenario import Story


class Call:
    """One call of one customer, with the conference that employees join."""

    def __init__(self, clients: Clients, story: Story) -> None:
        self.sid = f"CA{uuid.uuid4().hex}"
        self.ended = asyncio.Event()
        self.at_the_desk: asyncio.Queue[str] = asyncio.Queue()  # what the employee hears
        self.at_home: asyncio.Queue[str] = asyncio.Queue()  # what the customer hears
        self._clients = clients
        self._story = story
        self._conference = f"CF{uuid.uuid4().hex}"
        self._transcription = f"GT{uuid.uuid4().hex}"
        self._numbers = itertools.count(1)

    async def ring(self) -> Answer:
        """The customer dials; the switchboard puts the call through to the point of contact."""
        form = {**self._leg("ringing"), "CallerName": self._story.name}
        query = {"employee": self._story.point_of_contact}
        return await self._clients.send(self._clients.twilio("twilio/voice", form, query))

    async def join(self, employee_id: str) -> Answer:
        """An employee comes into the call beside the customer."""
        form = {
            "ConferenceSid": self._conference, "FriendlyName": self.sid, "CallSid": f"CA{uuid.uuid4().hex}",
            "StatusCallbackEvent": "participant-join", "SequenceNumber": str(next(self._numbers)),
            "Timestamp": now_text(), "Muted": "false", "Hold": "false",
        }  # fmt: skip
        return await self._clients.send(
            self._clients.twilio("twilio/conference", form, {"employee": employee_id})
        )

    async def customer_says(self, text: str) -> Answer:
        """The customer's words, for the employee and for the transcript."""
        answer = await self._transcribe(text, "inbound_track", {})
        self.at_the_desk.put_nowait(text)
        return answer

    async def employee_says(self, employee_id: str, text: str) -> Answer:
        """The employee's words, for the customer and for the transcript."""
        answer = await self._transcribe(text, "outbound_track", {"employee": employee_id})
        self.at_home.put_nowait(text)
        return answer

    async def hang_up(self) -> Answer:
        """The call is over."""
        self.ended.set()
        form = {
            **self._leg("completed"), "CallDuration": "42", "Timestamp": now_text(),
            "SequenceNumber": str(next(self._numbers)), "CallbackSource": "call-progress-events",
        }  # fmt: skip
        return await self._clients.send(self._clients.twilio("twilio/voice/status", form))

    async def _transcribe(self, text: str, track: str, query: dict[str, str]) -> Answer:
        form = {
            "CallSid": self.sid, "TranscriptionSid": self._transcription,
            "TranscriptionEvent": "transcription-content", "LanguageCode": "en-GB", "Track": track,
            "SequenceId": str(next(self._numbers)), "Final": "true",
            "Timestamp": datetime.now(UTC).isoformat(),
            "TranscriptionData": json.dumps({"transcript": text, "confidence": 0.97}),
        }  # fmt: skip
        return await self._clients.send(self._clients.twilio("twilio/transcription", form, query))

    def _leg(self, status: str) -> dict[str, str]:
        return {
            "CallSid": self.sid, "CallStatus": status, "Direction": "inbound",
            "From": self._story.address, "To": self._clients.accounts.number,
        }  # fmt: skip


class Exchange:
    """Calls by the caller's number, for whoever's telephone rings."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._calls: dict[str, Call] = {}

    def dial(self, story: Story) -> Call:
        """A new call of this customer."""
        call = Call(self._clients, story)
        self._calls[story.address] = call
        return call

    def forget(self, address: str) -> None:
        """This customer's call is over and counts no more."""
        self._calls.pop(address, None)

    def running(self, address: str) -> Call | None:
        """The customer's call, unless it is over."""
        call = self._calls.get(address)
        return None if call is None or call.ended.is_set() else call
