"""What an employee does on the telephone: listen, apologise, offer, hear the verdict, bring others in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Protocol

from amends.common.v1 import common_pb2 as common
from amends.resolution.v1 import events_pb2 as events
from amends.resolution.v1 import service_pb2 as resolution

from services.standalone.demo.desk import Desk
from services.standalone.demo.manners import read_verdict
from services.standalone.demo.notes import Notes
from services.standalone.demo.scenario import Scenario, Story
from services.standalone.demo.telephone import Call, Exchange
from services.standalone.tenants import Employee
from services.standalone.waiting import until

# How long an employee waits for what the platform must show sooner or later.
_PATIENCE_S = 20.0


class Caller(Protocol):
    """Who talks: what the telephone needs of an employee at work."""

    employee: Employee
    desk: Desk
    scenario: Scenario

    def notes(self, case_id: str) -> Notes:
        """What is remembered of this case."""
        ...

    def said(self, template: str, case: resolution.Case, **more: str) -> str:
        """The template in this employee's words to this customer."""
        ...

    def offer(self, case: resolution.Case, story: Story) -> str:
        """What is offered to make it right."""
        ...

    def heard(self, case: resolution.Case, message_id: str, verdict: events.Verdict) -> None:
        """Remember the customer's word."""
        ...

    def receiver(self, story: Story) -> str:
        """Whom to bring in."""
        ...

    def took_over(self, case: resolution.Case, giver: str) -> None:
        """The case is one's own now."""
        ...

    async def put_right(self, case: resolution.Case, story: Story) -> None:
        """Pay, fix, and say that it is fixed."""
        ...

    async def attempt(self, step: Awaitable[object]) -> bool:
        """Take a step; False when something must arrive first. Raises AioRpcError."""
        ...


class PhoneWork:
    """The telephone on one employee's desk."""

    def __init__(self, person: Caller, exchange: Exchange) -> None:
        self._person = person
        self._exchange = exchange

    def rings(self, story: Story) -> bool:
        """Whether this customer is on the line."""
        return self._exchange.running(story.address) is not None

    async def talk(self, case: resolution.Case, story: Story) -> None:
        """The whole call; with a hand-off in its plan the receiver is brought in and finishes it."""
        person, call = self._person, self._call(story)
        notes = person.notes(case.case_id)
        notes.replied = True
        await call.join(person.employee.employee_id)
        await call.at_the_desk.get()
        await self._say(call, person.said(person.scenario.words.spoken_reply, case))
        if story.handling.hand_off_to:
            await self._bring_in(case, story)
        else:
            await self._offer_and_finish(call, case, story)

    async def take_over(self, case: resolution.Case, story: Story) -> None:
        """Come into the call, so that the customer is with both; accept, and go on from there."""
        person, call = self._person, self._call(story)
        hand_off, giver = case.pending_hand_off, case.owner.display_name
        await call.join(person.employee.employee_id)

        async def introduced() -> bool:
            now = await person.desk.case(case.case_id)
            return now.pending_hand_off.introduced

        async with asyncio.timeout(_PATIENCE_S):
            await until(introduced, 0.2)
        await person.desk.accept(case.case_id, hand_off.hand_off_id)
        person.took_over(case, giver)
        await self._say(call, person.said(person.scenario.words.spoken_reply, case))
        await self._offer_and_finish(call, case, story)

    async def _bring_in(self, case: resolution.Case, story: Story) -> None:
        await self._person.desk.offer_hand_off(
            case.case_id, self._person.receiver(story), "Knows this best", story.text.strip(), live=True
        )

    async def _offer_and_finish(self, call: Call, case: resolution.Case, story: Story) -> None:
        person = self._person
        offer = person.offer(case, story)
        await person.desk.propose(case.case_id, offer, "", f"{case.case_id}:offer:call")
        person.notes(case.case_id).offers += 1
        await self._say(call, person.said(person.scenario.words.spoken_proposal, case, offer=offer))
        words = await self._transcript_of(case.case_id, await call.at_the_desk.get())
        await self._record(case, words)
        await person.put_right(case, story)
        await self._say(call, person.said(person.scenario.words.goodbye, case))
        await call.hang_up()

    async def _record(self, case: resolution.Case, words: common.InboundMessage) -> None:
        """Record the verdict once the case knows the words, which take a moment to get there."""
        person, verdict = self._person, read_verdict(words.text)

        async def known() -> bool:
            return await person.attempt(person.desk.verdict(case.case_id, verdict, words.message_id))

        async with asyncio.timeout(_PATIENCE_S):
            await until(known, 0.2)
        person.heard(case, words.message_id, verdict)

    async def _transcript_of(self, case_id: str, text: str) -> common.InboundMessage:
        """The transcribed segment that holds what was heard."""
        found: list[common.InboundMessage] = []

        async def there() -> bool:
            found.extend(one for one in await self._person.desk.messages(case_id) if one.text == text)
            return bool(found)

        async with asyncio.timeout(_PATIENCE_S):
            await until(there, 0.2)
        return found[-1]

    async def _say(self, call: Call, text: str) -> None:
        await call.employee_says(self._person.employee.employee_id, text)

    def _call(self, story: Story) -> Call:
        call = self._exchange.running(story.address)
        if call is None:
            raise ConnectionError(f"{story.id}: the caller has hung up")
        return call
