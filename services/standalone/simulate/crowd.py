"""The people of a load: the demonstration's customers and employees, as many as it takes, each by chance."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import aiosmtplib
import grpc.aio
from amends.resolution.v1 import service_pb2 as resolution

from services.standalone.demo.clients import Clients, Post, compose
from services.standalone.demo.customers import Customer
from services.standalone.demo.employees import Person
from services.standalone.demo.ledger import What
from services.standalone.demo.postbox import Postbox
from services.standalone.demo.scenario import Handling, Send, Shape, Story, Way
from services.standalone.demo.telephone import Exchange
from services.standalone.simulate.schedule import Arrival
from services.standalone.simulate.tally import Tally
from services.standalone.tenants import Employee

_AGAIN = "I have heard nothing from you yet. Is anybody there?"
# When the impatient ask again, in seconds after their complaint.
_AGAIN_S = (15.0, 60.0)
_UNHAPPY, _UNSOLVED, _SILENT = 0.1, 0.05, 0.15
_NOT_ENOUGH = "No, that is below what I expected."
_STILL_BROKEN = "No, it is still not solved."
_LOST = (aiohttp.ClientError, aiosmtplib.SMTPException, OSError, TimeoutError)
# A customer's limits are the tenant's business; the employee then goes on without.
_LIMITS = frozenset({grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.RESOURCE_EXHAUSTED})
_BUSY = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
    }
)
_SPREAD = 0.5  # of the logarithm of a think time


@dataclass(frozen=True, slots=True)
class Manners:
    """How employees work: median seconds of thought before each step, and the share of cases in which the
    first words are such that the reply check must stop them.
    """

    think_s: float
    wrong_first: float


class Storyteller:
    """Turns an arrival into a customer's story, from the shipped ones of its way."""

    def __init__(
        self, stories: Sequence[Story], crew: Sequence[Employee], manners: Manners, mark: int
    ) -> None:
        self._by_way = {way: [one for one in stories if _plain(one, way)] for way in Way}
        self._blame = next(one.handling.blame for one in stories if one.handling.blame)
        self._crew = crew
        self._manners = manners
        self._mark = mark

    def story(self, arrival: Arrival) -> Story:
        """The same for the same arrival; address and id are this customer's own."""
        chance = random.Random(arrival.chance)  # noqa: S311 - repeatable on purpose
        choices = self._by_way[arrival.way]
        model = choices[0] if arrival.of_the_storm else chance.choice(choices)
        blame = self._blame if chance.random() < self._manners.wrong_first else ""
        verdicts, closings = model.verdicts[:1], model.closings[:2]
        if chance.random() < _UNHAPPY:
            verdicts = (_NOT_ENOUGH, *verdicts)
        if chance.random() < _SILENT:
            closings = ()
        elif chance.random() < _UNSOLVED:
            closings = (_STILL_BROKEN, *closings)
            verdicts = (*verdicts, *model.verdicts[:1])
        return replace(
            model,
            id=str(arrival.number),
            address=self._address(arrival),
            at=0.0,
            sends=Send.ONCE,
            point_of_contact=chance.choice(self._crew).employee_id if arrival.way is Way.PHONE else "",
            verdicts=verdicts,
            closings=closings,
            handling=Handling(model.handling.offer, grants=model.handling.grants[:1], blame=blame),
        )

    def _address(self, arrival: Arrival) -> str:
        """One that nobody has: reserved domains, and numbers that only the recording provider rings."""
        if arrival.way in (Way.EMAIL, Way.REST):
            return f"c{self._mark}-{arrival.number}@load.example"
        if arrival.way is Way.MESSENGER:
            return f"55{self._mark:04}{arrival.number:09}"
        return f"+4477{self._mark % 1000:03}{arrival.number % 100_000:05}"


def _plain(story: Story, way: Way) -> bool:
    """Stories with a course of their own are the demonstration's business."""
    special = story.handling.hand_off_to or story.handling.pass_up_to or story.handling.hurry
    return story.way is way and not special and story.shape is Shape.PLAIN


class Visitor(Customer):
    """A customer who comes, may ask again, and leaves when all is said or their patience is over."""

    def __init__(
        self,
        story: Story,
        arrival: Arrival,
        clients: Clients,
        postbox: Postbox,
        exchange: Exchange,
        tally: Tally,
    ) -> None:
        super().__init__(story, clients, postbox, exchange, tally)
        self._doors = clients
        self._tally = tally
        self._arrival = arrival
        self._chance = random.Random(arrival.chance + 1)  # noqa: S311 - the same

    async def visit(self, due_at: float, patience_s: float) -> None:
        """Their whole part; what goes wrong on their way is counted, never raised."""
        self._tally.begin(self.story, due_at)
        try:
            async with asyncio.timeout(patience_s):
                await self.complain()
                await self._listen()
            self._tally.closed += not self.silent
        except TimeoutError:
            self._tally.notes["customers who left before the end"] += 1
        except _LOST as lost:
            self._tally.lose(self.story)
            self._tally.surprise(f"{self.story.way}: {type(lost).__name__} {lost}"[:200])
        finally:
            self._tally.end(self.story)

    async def _listen(self) -> None:
        wait = self._chance.uniform(*_AGAIN_S) if self._asks_again() else None
        while not self.content:
            try:
                async with asyncio.timeout(wait):
                    received = await self.inbox.get()
            except TimeoutError:
                if not self._tally.here[self.story.id].answered:
                    await self._ask_again()
                wait = None
                continue
            await self.react(received)

    def _asks_again(self) -> bool:
        return self._arrival.asks_again and self.story.way is not Way.PHONE

    async def _ask_again(self) -> None:
        self._tally.notes["asked again"] += 1
        if self.story.way in (Way.EMAIL, Way.REST):
            mailbox = self._doors.accounts.mailbox
            _, raw = compose(self.story.name, self.story.address, mailbox, self.story.subject, _AGAIN)
            await self._once("", raw, What.WORD)
        else:
            provider_id, post = self._text_message(_AGAIN)
            assert isinstance(post, Post)
            await self._once(provider_id, post, What.WORD)


class Worker(Person):
    """An employee of a load: thinks as long as people do, and forgets what is done."""

    glance_s = 1.0

    def __init__(self, *args: Any, manners: Manners) -> None:
        super().__init__(*args)
        self._manners = manners

    async def _round(self) -> bool:
        """As an employee does; when the platform is too busy to answer, they look again later."""
        try:
            return await super()._round()
        except grpc.aio.AioRpcError as refused:
            if refused.code() not in _BUSY:
                raise
            self.ledger.count(f"calls answered {refused.code().name.lower()}")
            return False

    async def think(self) -> None:
        """A long-tailed time around the median."""
        await asyncio.sleep(self.chance.lognormvariate(math.log(self._manners.think_s), _SPREAD))

    async def give(self, case: resolution.Case, story: Story) -> None:
        """As an employee does; a limit that is reached is counted, and the case goes on without."""
        try:
            await super().give(case, story)
        except grpc.aio.AioRpcError as refused:
            if refused.code() not in _LIMITS:
                raise
            self.ledger.count("grants beyond a limit")
            self.notes(case.case_id).granted.update(story.handling.grants)

    def put_away(self, case: resolution.Case) -> None:
        """See Person: nothing is kept of a case that is over."""
        self._remembered.pop(case.case_id, None)
        self._story_of.pop(case.case_id, None)


def crew(count: int) -> list[Employee]:
    """So many employees of the front line, one of them on duty."""
    return [
        Employee(
            f"load-{number}", f"Load {number}", team="load", capacity=1_000_000, duty_owner=number == 1,
            contact=f"desk {number}",
        )
        for number in range(1, count + 1)
    ]  # fmt: skip
