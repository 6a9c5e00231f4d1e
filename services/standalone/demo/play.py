"""The demonstration from the first complaint to the last circle-back, on a running platform."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from amends.followup.v1 import events_pb2 as followup_events
from amends.resolution.v1 import events_pb2 as events
from amends.resolution.v1 import service_pb2 as resolution

from services.standalone.demo.clients import Clients
from services.standalone.demo.customers import Customer
from services.standalone.demo.desk import Desk
from services.standalone.demo.employees import Person
from services.standalone.demo.ledger import Ledger
from services.standalone.demo.noise import make_noise
from services.standalone.demo.postbox import Postbox
from services.standalone.demo.scenario import Accounts, Scenario
from services.standalone.demo.setting import Doors, Keys
from services.standalone.demo.telephone import Exchange
from services.standalone.stack import Stack
from services.standalone.waiting import until

DAY_S = 86_400.0
# One day in three seconds.
USUAL_SPEED = 28_800.0
# However compressed the days are, an employee needs this long to get round to a circle-back.
_SHORTEST_GRACE_S = 20.0
# Shorter than any server's own, so that no request meets a connection that is just being closed.
_IDLE_S = 2.0
_SETTLED = frozenset({"kept", "broken", "superseded"})


def settings_for(speed: float, accounts: Accounts) -> dict[str, str]:
    """What the services are told: the tenant's own addresses, and circle-backs `speed` times sooner."""
    day = DAY_S / speed
    return {
        "AMENDS_FOLLOWUP_CIRCLE_BACK_S": f"{day:g},{7 * day:g}",
        "AMENDS_FOLLOWUP_CIRCLE_BACK_GRACE_S": f"{max(day, _SHORTEST_GRACE_S):g}",
        "AMENDS_FOLLOWUP_TWILIO_FROM": accounts.sms_number,
        "AMENDS_FOLLOWUP_MAIL_FROM": accounts.mailbox,
    }


def web_client() -> aiohttp.ClientSession:
    """How all customers and providers together make requests: as many at once as there are."""
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE_S)
    return aiohttp.ClientSession(connector=connector)


@dataclass(slots=True)
class Cast:
    """Everybody and everything on the stage."""

    scenario: Scenario
    ledger: Ledger
    clients: Clients
    postbox: Postbox
    supervisor: Desk
    customers: Sequence[Customer]
    employees: Mapping[str, Person] = field(default_factory=dict)


@asynccontextmanager
async def cast(
    stack: Stack, scenario: Scenario, keys: Keys, ledger: Ledger, seed: int
) -> AsyncIterator[Cast]:
    """Open everybody's connections, as long as the block lasts."""
    async with AsyncExitStack() as opened:
        session = await opened.enter_async_context(web_client())
        doors = Doors.of(stack.env)
        clients = doors.clients(session, scenario, keys)
        postbox, exchange = Postbox(session, doors.provider), Exchange(clients)
        people: dict[str, Person] = {}
        for number, employee in enumerate(scenario.employees):
            desk = await opened.enter_async_context(
                Desk.open(doors.targets, keys.employees[employee.employee_id])
            )
            chance = random.Random(f"{seed}:{number}")  # noqa: S311 - how long people think
            people[employee.employee_id] = Person(
                employee, desk, scenario, exchange, ledger, people, chance, scenario.by_address()
            )
        yield Cast(
            scenario, ledger, clients, postbox,
            await opened.enter_async_context(Desk.open(doors.targets, keys.supervisor)),
            [Customer(story, clients, postbox, exchange, ledger) for story in scenario.stories], people,
        )  # fmt: skip


async def play(company: Cast, patience_s: float) -> bool:
    """Let everybody live until every story has come to its end; False when `patience_s` passed before that.

    Raises what any of them raised.
    """
    ended = False
    async with asyncio.TaskGroup() as stage:
        parts: list[Coroutine[Any, Any, None]] = [
            company.postbox.run(),
            *(person.work() for person in company.employees.values()),
            *(customer.live() for customer in company.customers),
        ]
        playing = [stage.create_task(part) for part in parts]
        noise = stage.create_task(make_noise(company.clients, company.ledger))
        try:
            async with asyncio.timeout(patience_s):
                await noise
                await until(lambda: _ended(company), 1.0)
            ended = True
        except TimeoutError:
            missing = "; ".join(await _missing(company)) or "the last one came to it just now"
            company.ledger.surprise(f"not every story came to its end within {patience_s:g} s: {missing}")
        for task in (*playing, noise):
            task.cancel()
    return ended


async def _ended(company: Cast) -> bool:
    """Whether every case is where its customer leaves it, and every circle-back was settled."""
    return not await _missing(company)


async def _missing(company: Cast) -> list[str]:
    """What the end still waits for; of the cases only once every customer has said everything."""
    waiting = [
        f"{customer.story.id} has more to say" for customer in company.customers if not customer.content
    ]
    cases = await company.supervisor.cases()
    if len(cases) < len(company.customers):
        waiting.append(f"{len(cases)} cases for {len(company.customers)} customers")
    if waiting:
        return waiting
    silent = sum(customer.silent for customer in company.customers)
    open_cases = [case for case in cases if case.status != events.STATUS_CLOSED]
    waiting = [f"{case.case_id} is open" for case in open_cases if case.status != events.STATUS_RESOLVED]
    if len(open_cases) > silent:
        waiting.append(f"{len(open_cases)} cases are not closed, {silent} customers are silent")
    return waiting or [
        f"nobody has settled the circle-back of {case.case_id}"
        for case in cases
        if not await _circled_back(company.supervisor, case)
    ]


async def _circled_back(desk: Desk, case: resolution.Case) -> bool:
    circle_backs = [
        one
        for one in await desk.promises(case_id=case.case_id)
        if one.kind == followup_events.PROMISE_KIND_CIRCLE_BACK
    ]
    return bool(circle_backs) and all(one.state in _SETTLED for one in circle_backs)
