"""Let the load happen, and watch: arrivals at their time whatever the answers do, a sample every period."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import grpc.aio
from amends.metrics.v1 import service_pb2 as metrics
from google.protobuf.timestamp_pb2 import Timestamp

from services.standalone import cpu
from services.standalone.demo.clients import Clients
from services.standalone.demo.desk import Desk
from services.standalone.demo.invariants import PARTY_KIND
from services.standalone.demo.play import web_client
from services.standalone.demo.postbox import Postbox
from services.standalone.demo.scenario import Scenario, Story
from services.standalone.demo.setting import Doors
from services.standalone.demo.telephone import Exchange
from services.standalone.maven import Progress
from services.standalone.simulate.crowd import Manners, Storyteller, Visitor, Worker
from services.standalone.simulate.schedule import Plan, arrivals
from services.standalone.simulate.site import Site, memory_mib, processes
from services.standalone.simulate.tally import Tally
from services.standalone.waiting import going_on, until

# More customers at once than this are turned away, and counted: memory has an end.
MOST_HERE = 20_000
# The rate is not met while more is waiting for its acknowledgement than comes in so many seconds.
BEHIND_S, _BEHIND_LEAST = 1.0, 10
_SAMPLES = 600
_TELL_S = 5.0
_LOOKED_AT, _LOOK_S, _LOOK_UNTIL_S = 4, 0.02, 60.0
_FIGURES_S = 30.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One look: seconds since the start, counts so far, seconds of processor and MiB by process."""

    at: float
    wanted: float  # complaints per second due now
    due: int
    settled: int
    accepted: int
    answered: int
    here: int
    cpu_s: Mapping[str, float]
    memory_mib: Mapping[str, float]


@dataclass(slots=True)
class Observed:
    """All there is to report."""

    plan: Plan
    manners: Manners
    employees: int
    tally: Tally
    began: datetime
    samples: list[Sample] = field(default_factory=list)
    behind: Sample | None = None  # the first at which the rate was not met
    interrupted: bool = False
    figures: metrics.QueryWindowsResponse | None = None


class Drive:
    """One load on one site."""

    def __init__(self, here: Site, scenario: Scenario, plan: Plan, manners: Manners, tell: Progress) -> None:
        self._site, self._scenario, self._plan, self._manners = here, scenario, plan, manners
        self._started, self._tell = 0.0, tell
        self._clock = asyncio.get_running_loop().time
        self._seen: asyncio.Queue[tuple[Story, float]] = asyncio.Queue(_LOOKED_AT)
        self._stories: dict[str, Story] = {}
        tally = Tally(self._clock, self._watch_for)
        people = len(scenario.employees)
        self.observed = Observed(plan, manners, people, tally, datetime.now(UTC))

    async def run(self, patience_s: float) -> None:
        """From the first arrival until everybody has left, at most `patience_s` after the last came; a
        cancellation ends it early, and what was seen until then is there.
        """
        async with AsyncExitStack() as opened:
            session = await opened.enter_async_context(web_client())
            doors = Doors.of(self._site.env)
            clients = doors.clients(session, self._scenario, self._site.keys)
            postbox, exchange = Postbox(session, doors.provider, keep=0), Exchange(clients)
            supervisor = await opened.enter_async_context(
                Desk.open(doors.targets, self._site.keys.supervisor)
            )
            workers = await self._workers(opened, doors, exchange)
            try:
                async with self._going_on(postbox, workers, supervisor):
                    await self._arrive(clients, postbox, exchange, patience_s)
            except asyncio.CancelledError:
                task = asyncio.current_task()
                assert task is not None
                task.uncancel()
                self.observed.interrupted = True
            self.observed.figures = await self._figures(supervisor)

    async def _workers(self, opened: AsyncExitStack, doors: Doors, exchange: Exchange) -> list[Worker]:
        people: dict[str, Any] = {}
        for number, employee in enumerate(self._scenario.employees):
            token = self._site.keys.employees[employee.employee_id]
            desk = await opened.enter_async_context(Desk.open(doors.targets, token))
            chance = random.Random(f"{self._plan.seed}:{number}")  # noqa: S311 - repeatable on purpose
            people[employee.employee_id] = Worker(
                employee, desk, self._scenario, exchange, self.observed.tally, people, chance, self._stories,
                manners=self._manners,
            )  # fmt: skip
        return list(people.values())

    @asynccontextmanager
    async def _going_on(
        self, postbox: Postbox, workers: list[Worker], supervisor: Desk
    ) -> AsyncIterator[None]:
        """Employees at work and everything watched, as long as the block lasts."""
        async with asyncio.TaskGroup() as group:
            works = [postbox.run(), self._sample(), *(worker.work() for worker in workers)]
            works += [self._look(supervisor) for _ in range(_LOOKED_AT)]
            tasks = [group.create_task(work) for work in works]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()

    # ------------------------------------------------------------------------------------------ customers
    async def _arrive(
        self, clients: Clients, postbox: Postbox, exchange: Exchange, patience_s: float
    ) -> None:
        teller = Storyteller(
            self._scenario.stories, self._scenario.employees, self._manners, self._plan.seed % 10_000
        )
        started = self._started = self._clock()
        async with asyncio.TaskGroup() as group:
            for arrival in arrivals(self._plan):
                await asyncio.sleep(max(0.0, started + arrival.at - self._clock()))
                if len(self._stories) >= MOST_HERE:
                    self.observed.tally.turned_away += 1
                    continue
                story = teller.story(arrival)
                visitor = Visitor(story, arrival, clients, postbox, exchange, self.observed.tally)
                self._stories[story.address] = story
                visit = self._visit(visitor, started + arrival.at, patience_s, postbox, exchange)
                group.create_task(visit)

    async def _visit(
        self, visitor: Visitor, due_at: float, patience_s: float, postbox: Postbox, exchange: Exchange
    ) -> None:
        address = visitor.story.address
        try:
            await visitor.visit(due_at, patience_s)
        finally:
            postbox.forget(address)
            exchange.forget(address)
            self._stories.pop(address, None)

    # ------------------------------------------------------------------------------------------ watching
    async def _sample(self) -> None:
        """Look every period until cancelled; there are at most some hundreds of looks."""
        tally, plan = self.observed.tally, self._plan
        period = max(1.0, plan.duration_s / _SAMPLES)
        before, told_at = cpu.snapshot(processes(self._site.supervisor)), 0.0
        while going_on():
            await asyncio.sleep(period)
            at = self._clock() - self._started
            seconds, memory = await asyncio.to_thread(_look_at, self._site.supervisor)
            used = {name: now - before.get(name, 0.0) for name, now in seconds.items()}
            wanted = plan.rate_at(at) if at < plan.duration_s else 0.0
            sample = Sample(
                round(at, 1), wanted, tally.due, tally.settled, tally.accepted, tally.answered,
                len(tally.here), used, memory,
            )  # fmt: skip
            self.observed.samples.append(sample)
            if at - told_at >= _TELL_S:
                told_at = at
                self._tell(
                    f"{at:.0f} s: {tally.due} due, {tally.accepted} accepted, {tally.answered} answered"
                )
            waiting = sample.due - sample.settled
            if self.observed.behind is None and waiting > max(_BEHIND_LEAST, wanted * BEHIND_S):
                self.observed.behind = sample

    def _watch_for(self, story: Story) -> None:
        """Of the accepted ones some are watched until employees can see them: as many as there are eyes."""
        if not self._seen.full():
            self._seen.put_nowait((story, self._clock()))

    async def _look(self, desk: Desk) -> None:
        while going_on():
            story, accepted_at = await self._seen.get()

            async def visible(story: Story = story) -> bool:
                return bool(await _cases_of(desk, story))

            try:
                async with asyncio.timeout(_LOOK_UNTIL_S):
                    await until(visible, _LOOK_S)
                self.observed.tally.visible.add(self._clock() - accepted_at)
            except TimeoutError:
                self.observed.tally.notes["not visible in time"] += 1

    async def _figures(self, desk: Desk) -> metrics.QueryWindowsResponse | None:
        """What metrics says of this time, once all that was said before now is in it."""
        since, now = Timestamp(), datetime.now(UTC)
        since.FromSeconds(math.floor(self.observed.began.timestamp() / 60) * 60)
        found: list[metrics.QueryWindowsResponse] = []

        async def current() -> bool:
            try:
                found[:] = [await desk.metrics.Summarize(metrics.QueryWindowsRequest(since=since))]
            except grpc.aio.AioRpcError as refused:
                if refused.code() is not grpc.StatusCode.UNAVAILABLE:
                    raise
                return False
            return found[0].as_of.ToDatetime(UTC) >= now

        try:
            async with asyncio.timeout(_FIGURES_S):
                await until(current, 0.5)
        except TimeoutError:
            self.observed.tally.notes["metrics was behind at the end"] += 1
        return found[0] if found else None


def _look_at(supervisor: int) -> tuple[Mapping[str, float], Mapping[str, float]]:
    """Seconds of processor and MiB of each process; reads many files, so a thread does it."""
    pids = processes(supervisor)
    return cpu.snapshot(pids), memory_mib(pids)


async def _cases_of(desk: Desk, story: Story) -> list[str]:
    """The customer's cases that resolution has; a service that is away for a moment has none."""
    try:
        cases = await desk.find(PARTY_KIND[story.way], story.address)
        for case_id in cases:
            await desk.case(case_id)
    except grpc.aio.AioRpcError as refused:
        if refused.code() in (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.UNAVAILABLE):
            return []
        raise
    return cases
