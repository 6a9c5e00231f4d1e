"""The employees: each looks after the cases they own, one thing at a time, through their own desk.

They find their cases, read the customer's own words, answer, pay, put it right and circle back. What a story
asks for beyond that (blame that must be stopped, an attempt to pass a case up, a warm hand-off) is in its
`Handling`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping

import grpc.aio
from amends.common.v1 import common_pb2 as common
from amends.followup.v1 import service_pb2 as followup
from amends.resolution.v1 import events_pb2 as events
from amends.resolution.v1 import service_pb2 as resolution

from services.chassis.rpcstatus import error_reason
from services.standalone.demo.desk import Desk
from services.standalone.demo.ledger import Ledger
from services.standalone.demo.manners import read_verdict
from services.standalone.demo.notes import Notes
from services.standalone.demo.phonework import PhoneWork
from services.standalone.demo.scenario import Scenario, Story
from services.standalone.demo.telephone import Exchange
from services.standalone.tenants import Employee
from services.standalone.waiting import going_on

# How the stream of one's cases ends when it is only to be opened again.
_WATCH_AGAIN = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED})
# Where the customer has the word.
_AWAITING = frozenset({events.STATUS_PROPOSED, events.STATUS_RESOLVED})
# Thinking and typing, in seconds.
_SHORTEST_S, _LONGEST_S = 0.5, 2.0
# How long a case is left alone after a step of it failed.
_REST_S = 5.0
# What the platform may answer while another service is still catching up: look again in a moment.
_NOT_YET = frozenset({"evidence_missing", "customer_not_present", "case_not_found", "unknown_case"})

Step = Callable[[resolution.Case, Story], Awaitable[None]]


class Person:
    """One employee at work; with nothing to do they look up every `glance_s` seconds."""

    glance_s = 0.5

    def __init__(
        self,
        employee: Employee,
        desk: Desk,
        scenario: Scenario,
        exchange: Exchange,
        ledger: Ledger,
        colleagues: Mapping[str, Person],
        chance: random.Random,
        stories: Mapping[str, Story],
    ) -> None:
        self.employee = employee
        self.desk = desk
        self.scenario = scenario
        self.ledger = ledger
        self._colleagues = colleagues
        self.chance = chance
        self._stories = stories
        self._story_of: dict[str, Story] = {}
        self._remembered: dict[str, Notes] = {}
        self._asked: set[str] = set()
        self._in_reach: dict[str, resolution.Case] = {}
        self._phone = PhoneWork(self, exchange)

    async def work(self) -> None:
        """Look after one's cases until cancelled."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._watch())
            while going_on():
                if not await self._round():
                    await asyncio.sleep(self.glance_s)

    async def _watch(self) -> None:
        """Keep one's own cases, and those one is asked to take over, as they are."""
        while going_on():
            try:
                async for change in self.desk.watch():
                    if change.HasField("case"):
                        self._see(change.case)
            except grpc.aio.AioRpcError as ended:
                if ended.code() not in _WATCH_AGAIN:
                    raise
            await asyncio.sleep(self.glance_s)  # then from the beginning: a snapshot leaves nothing out

    def _see(self, case: resolution.Case) -> None:
        mine = case.owner.employee_id == self.employee.employee_id or self._offered_to_me(case)
        if mine and case.status != events.STATUS_CLOSED:
            self._in_reach[case.case_id] = case
        else:
            self._in_reach.pop(case.case_id, None)
            self.put_away(case)

    async def _listen(self) -> None:
        """Look whether a customer has answered: a word that changes nothing is no news of the case."""
        for status in {case.status for case in self._in_reach.values()} & _AWAITING:
            for case in await self.desk.cases(self.employee.employee_id, status):
                self._see(case)

    def put_away(self, case: resolution.Case) -> None:
        """A case is closed or another's; what is remembered of it may be needed again."""

    async def think(self) -> None:
        """Read, think, type."""
        await asyncio.sleep(self.chance.uniform(_SHORTEST_S, _LONGEST_S))

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def notes(self, case_id: str) -> Notes:
        """What is remembered of this case."""
        return self._remembered.setdefault(case_id, Notes())

    async def _round(self) -> bool:
        """One look at everything; whether there was something to do."""
        acted = False
        await self._listen()
        for case in sorted(self._in_reach.values(), key=self._urgency):
            acted = await self._attend(case) or acted
        due = await self.desk.circle_backs_due(self.employee.employee_id)
        self._asked &= {promise.promise_id for promise in due}
        for promise in due:
            if promise.promise_id in self._asked:
                continue  # on its way to the customer
            acted = await self._guarded(promise.case_id, self._circle_back(promise)) or acted
        return acted

    def _offered_to_me(self, case: resolution.Case) -> bool:
        return case.pending_hand_off.to.employee_id == self.employee.employee_id

    def _urgency(self, case: resolution.Case) -> tuple[bool, bool]:
        """Whoever has had no answer yet comes first."""
        return case.status != events.STATUS_OPEN, self.notes(case.case_id).replied

    async def _attend(self, case: resolution.Case) -> bool:
        story = await self._story(case)
        if story is None or self.notes(case.case_id).rests_until > self._now():
            return False
        if self._next_step(case, story) is None:
            return False
        # While others were attended to, it may have moved on: what counts is how it is now.
        now = await self.desk.case(case.case_id)
        mine = now.owner.employee_id == self.employee.employee_id or self._offered_to_me(now)
        step = self._next_step(now, story) if mine else None
        return step is not None and await self._guarded(now.case_id, step(now, story))

    async def _guarded(self, case_id: str, step: Awaitable[None]) -> bool:
        """Take a step; whether it could be taken. A refusal that time does not mend is a surprise."""
        try:
            return await self.attempt(step)
        except (grpc.aio.AioRpcError, TimeoutError, ConnectionError) as refused:
            told = f"{type(refused).__name__} {refused}"
            if isinstance(refused, grpc.aio.AioRpcError):
                told = f"{refused.code().name} {error_reason(refused)[0]} {refused.details()}"
            self.ledger.surprise(f"{self.employee.display_name}: {case_id}: {told}")
            self.notes(case_id).rests_until = self._now() + _REST_S
            return False

    async def attempt(self, step: Awaitable[object]) -> bool:
        """Take a step; False when the platform says that something must arrive first. Raises AioRpcError."""
        try:
            await step
        except grpc.aio.AioRpcError as refused:
            if error_reason(refused)[0] in _NOT_YET or refused.code() is grpc.StatusCode.UNAVAILABLE:
                return False
            raise
        return True

    async def _story(self, case: resolution.Case) -> Story | None:
        """Whose case it is, by the address the customer wrote from; None while intake has no message yet."""
        if case.case_id not in self._story_of:
            messages = await self.desk.messages(case.case_id)
            known = [self._stories[one.party.value] for one in messages if one.party.value in self._stories]
            if not known:
                return None
            self._story_of[case.case_id] = known[0]
        return self._story_of[case.case_id]

    # ------------------------------------------------------------------------------------------ what is next

    def _next_step(self, case: resolution.Case, story: Story) -> Step | None:
        notes = self.notes(case.case_id)
        if self._offered_to_me(case):
            return self._phone.take_over if self._phone.rings(story) else self._take_over
        if self._phone.rings(story):
            return None if notes.replied else self._phone.talk
        if case.status == events.STATUS_OPEN:
            return self._open_step(case, notes, story)
        by_status = {
            events.STATUS_PROPOSED: self._hear_verdict if self._unread(case, notes) else None,
            events.STATUS_FIXING: self.put_right,
            events.STATUS_RESOLVED: self._ask_again if self._unread(case, notes) else None,
        }
        return by_status.get(case.status)

    def _open_step(self, case: resolution.Case, notes: Notes, story: Story) -> Step | None:
        if notes.resolved:  # reopened: the customer is owed an answer before anything else
            notes.resolved = notes.replied = False
        if not notes.replied:
            return self._reply
        if story.handling.hand_off_to and not notes.handed_over and not self._took_over(case):
            return self._hand_over
        return None if case.pending_hand_off.hand_off_id else self._propose

    def _took_over(self, case: resolution.Case) -> bool:
        return case.first_contact.employee_id != self.employee.employee_id

    def _unread(self, case: resolution.Case, notes: Notes) -> bool:
        return case.last_customer_message_id not in ("", notes.read_up_to)

    # ------------------------------------------------------------------------------------------ words

    def said(self, template: str, case: resolution.Case, **more: str) -> str:
        """An employee's words, with the customer's first name where somebody told us."""
        first_name = case.customer.first_name or case.customer.full_name.partition(" ")[0]
        return template.format(greeting=first_name or "Hello", owner=self.employee.display_name, **more)

    def offer(self, case: resolution.Case, story: Story) -> str:
        """What is offered: the story's own, else what fits the kind of failure."""
        handling, offers = story.handling, self.scenario.offers
        if handling.alternative and self.notes(case.case_id).offers:
            return handling.alternative
        return handling.offer or offers.get(case.category) or offers[""]

    # ------------------------------------------------------------------------------------------ steps

    async def _reply(self, case: resolution.Case, story: Story) -> None:
        notes = self.notes(case.case_id)
        if not story.handling.hurry:
            await self.think()
        if story.handling.blame and not notes.offers:
            await self._blame(case, story.handling.blame)
        text = self.said(self.scenario.words.reply, case)
        await self.send(case, text, f"reply:{case.version}")
        notes.replied = True
        notes.read_up_to = case.last_customer_message_id
        if story.handling.pass_up_to and not notes.asked_up:
            notes.asked_up = True
            await self._pass_up(case, story.handling.pass_up_to)

    async def _blame(self, case: resolution.Case, words: str) -> None:
        """Words that must not go out: the reply check stops them."""
        answer = await self.desk.reply(case.case_id, words, f"{case.case_id}:blame")
        if answer.outcome != events.ReplyChecked.OUTCOME_STOPPED:
            self.ledger.surprise(f"{case.case_id}: blame went out")
            return
        found = ", ".join(sorted({one.category for one in answer.findings if one.severity == "error"}))
        self.ledger.count("stopped replies", f"reply of {self.employee.display_name} stopped: {found}")

    async def _pass_up(self, case: resolution.Case, to: str) -> None:
        """What must not be possible; the superior comes down to help instead."""
        try:
            await self.desk.offer_hand_off(case.case_id, to, "Please take this", "Angry customer", live=False)
        except grpc.aio.AioRpcError as refused:
            rule, allowed = error_reason(refused)
            if rule != "rank_would_rise":
                raise
            instead = allowed.get("instead", "")
            self.ledger.count("refused upward", f"passing up to {to} refused: {rule}; instead: {instead}")
            await self._colleagues[to].desk.help_with(case.case_id)
            return
        self.ledger.surprise(f"{case.case_id}: was passed up to {to}")

    async def send(
        self,
        case: resolution.Case,
        text: str,
        key: str,
        kind: events.ReplyKind = events.REPLY_KIND_REPLY,
        **links: str,
    ) -> None:
        """Say something; being stopped here is a surprise, for these words are meant to pass."""
        answer = await self.desk.reply(case.case_id, text, f"{case.case_id}:{key}", kind, **links)
        if answer.outcome == events.ReplyChecked.OUTCOME_STOPPED:
            found = ", ".join(one.category for one in answer.findings if one.severity == "error")
            self.ledger.surprise(f"{case.case_id}: stopped ({found}): {text}")

    def receiver(self, story: Story) -> str:
        """Whom to bring in: somebody else."""
        return next(one for one in story.handling.hand_off_to if one != self.employee.employee_id)

    async def _hand_over(self, case: resolution.Case, story: Story) -> None:
        """Offer the case, and bring customer and receiver together in the thread."""
        self.notes(case.case_id).handed_over = True
        receiver = self._colleagues[self.receiver(story)]
        offered = await self.desk.offer_hand_off(
            case.case_id, receiver.employee.employee_id, f"{receiver.employee.display_name} knows this best",
            story.text.strip(), live=False,
        )  # fmt: skip
        words = self.scenario.words.introduction
        text = self.said(words, case, receiver=receiver.employee.display_name)
        await self.send(
            case, text, "introduction", events.REPLY_KIND_INTRODUCTION, hand_off_id=offered.hand_off_id
        )

    async def _take_over(self, case: resolution.Case, story: Story) -> None:
        if not case.pending_hand_off.introduced:
            return
        await self.think()
        giver = case.owner.display_name
        await self.desk.accept(case.case_id, case.pending_hand_off.hand_off_id)
        self.took_over(case, giver)
        await self.send(case, self.said(self.scenario.words.taken_over, case), "taken-over")

    def took_over(self, case: resolution.Case, giver: str) -> None:
        """The case is one's own now, with everything that was said before."""
        notes = self.notes(case.case_id)
        notes.replied, notes.read_up_to = True, case.last_customer_message_id
        line = f"{self.employee.display_name} takes over from {giver}, with the customer present"
        self.ledger.count("warm hand-offs", line)

    async def _propose(self, case: resolution.Case, story: Story) -> None:
        if story.handling.hurry:
            await self.give(case, story)
        else:
            await self.think()
        notes, offer = self.notes(case.case_id), self.offer(case, story)
        text = self.said(self.scenario.words.proposal, case, offer=offer)
        notes.read_up_to = case.last_customer_message_id
        await self.desk.propose(case.case_id, offer, text, f"{case.case_id}:offer:{case.version}")
        notes.offers += 1

    async def _hear_verdict(self, case: resolution.Case, story: Story) -> None:
        words = await self._last_words(case)
        verdict = read_verdict(words.text_stripped or words.text)
        await self.desk.verdict(case.case_id, verdict, words.message_id)
        self.heard(case, words.message_id, verdict)

    def heard(self, case: resolution.Case, message_id: str, verdict: events.Verdict) -> None:
        """Remember the customer's word; what was not enough is counted."""
        self.notes(case.case_id).read_up_to = message_id
        if verdict == events.VERDICT_BELOW:
            self.ledger.count("unhappy verdicts", "not enough; an alternative is asked for")

    async def _last_words(self, case: resolution.Case) -> common.InboundMessage:
        messages = await self.desk.messages(case.case_id)
        wanted = case.last_customer_message_id
        return next((one for one in messages if one.message_id == wanted), messages[-1])

    async def give(self, case: resolution.Case, story: Story) -> None:
        """Something of value, on the spot; a remedy given before is not given again."""
        notes = self.notes(case.case_id)
        for remedy in story.handling.grants:
            if remedy not in notes.granted:
                await self.desk.grant(case.case_id, remedy, f"{case.case_id}:{remedy}")
                notes.granted.add(remedy)
                self.ledger.count("grants", f"{self.employee.display_name} gives {remedy} on the spot")

    async def put_right(self, case: resolution.Case, story: Story) -> None:
        """Pay, fix, say why it happened and what stops it happening again: fixed, and talked over."""
        if not story.handling.hurry:
            await self.think()
        await self.give(case, story)
        words = self.scenario.words
        fix = story.handling.fix or self.said(words.fix, case, offer=self.offer(case, story))
        await self.desk.finish(case.case_id, fix, words.cause, words.prevention)
        self.notes(case.case_id).resolved = True
        involved = {self.employee.employee_id, case.first_contact.employee_id}
        await self.desk.debrief(case.case_id, sorted(involved), words.debrief)
        self.notes(case.case_id).read_up_to = (await self.desk.case(case.case_id)).last_customer_message_id

    async def _ask_again(self, case: resolution.Case, story: Story) -> None:
        """A confirmation was held back: put the rest right, ask again. Other words are still being read."""
        message_id = case.last_customer_message_id
        if not await self._held_back(case.case_id, message_id):
            return
        self.notes(case.case_id).read_up_to = message_id
        self.ledger.count("held back", "a yes that says no is held back; the owner asks again")
        await self.think()
        await self.send(case, self.said(self.scenario.words.ask_again, case), f"again:{case.version}")

    async def _held_back(self, case_id: str, message_id: str) -> bool:
        return any(
            entry.type.endswith(".ConfirmationHeldBack") and message_id in entry.json
            for entry in await self.desk.history(case_id)
        )

    async def _circle_back(self, promise: followup.Promise) -> None:
        """Ask whether it is solved, as promised, whoever owns the case by now."""
        case = await self.desk.case(promise.case_id)
        self._asked.add(promise.promise_id)
        notes, words = self.notes(case.case_id), self.scenario.words
        template = words.circle_back_again if notes.circle_backs else words.circle_back
        text = self.said(template, case)
        await self.send(
            case, text, f"circle:{promise.promise_id}", events.REPLY_KIND_CIRCLE_BACK,
            promise_id=promise.promise_id,
        )  # fmt: skip
        notes.circle_backs += 1
        self.ledger.count("circle-backs")
