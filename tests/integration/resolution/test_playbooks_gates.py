"""Each gate of each playbook refuses, by a typed error that names the steps still missing, until they are
proven. On a live call, where words are spoken and nothing is proven by sending them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from amends.resolution.v1 import events_pb2 as out

from tests.integration.resolution.conftest import Run
from tests.integration.resolution.driving import Drive, missing, on_a_call, opens_one_by_one

Deeds = list[tuple[str, Callable[[], Awaitable[None]]]]


async def proposed_and_accepted(drive: Drive) -> None:
    """What the state table itself asks for before anything can be resolved."""
    await drive.propose()
    await drive.accepted()


def answering(drive: Drive, step_id: str = "answer") -> tuple[str, Callable[[], Awaitable[None]]]:
    return step_id, partial(drive.employee_says, step_id, "Maria, I am Ana. What would make this right?")


def asking(drive: Drive) -> tuple[str, Callable[[], Awaitable[None]]]:
    async def answered() -> None:
        await drive.customer("A seat on the next flight.")

    return "ask", answered


async def circle_back_gates_the_closing(drive: Drive) -> None:
    """Not even on the customer's word does the owner close before coming back to them."""
    solved = await drive.customer("Yes, all is well now.")
    assert await missing(drive.close(solved)) == {"circle-back"}
    await drive.circle_back()
    await drive.close(solved)
    assert (await drive.case()).status == out.STATUS_CLOSED


async def listening_gates_the_reply(drive: Drive) -> None:
    """A caller who has not had their say is not written off with a text."""
    assert await missing(drive.reply()) == {"listen"}
    assert await drive.air.said(drive.case_id, out.ReplySent) == []


async def test_the_gate_of_sixty_seconds_refuses(run: Run) -> None:
    async with run(playbook="sixty-seconds") as air:
        drive = await on_a_call(air)
        await proposed_and_accepted(drive)
        await drive.fix()
        await opens_one_by_one(drive, [answering(drive)])
        await drive.resolve()


async def test_each_gate_of_seven_strategies_refuses(run: Run) -> None:
    async with run(playbook="seven-strategies") as air:
        drive = await on_a_call(air)
        await listening_gates_the_reply(drive)
        await proposed_and_accepted(drive)
        await opens_one_by_one(drive, [answering(drive), asking(drive), ("fix", drive.fix)])
        await drive.resolve()
        await circle_back_gates_the_closing(drive)


async def test_each_gate_of_champions_refuses(run: Run) -> None:
    async with run(playbook="champions") as air:
        drive = await on_a_call(air)
        await proposed_and_accepted(drive)
        deeds: Deeds = [("fix", drive.fix), ("cause", drive.cause), ("prevention", drive.prevention)]
        await opens_one_by_one(drive, [answering(drive), *deeds])
        await drive.resolve()
        await circle_back_gates_the_closing(drive)


async def test_each_gate_of_six_steps_refuses(run: Run) -> None:
    async with run(playbook="six-steps") as air:
        drive = await on_a_call(air)
        await proposed_and_accepted(drive)
        await opens_one_by_one(drive, [answering(drive, "respond"), asking(drive), ("solve", drive.fix)])
        await drive.resolve()


async def test_each_gate_of_seven_tips_refuses(run: Run) -> None:
    async with run(playbook="seven-tips") as air:
        drive = await on_a_call(air)
        await listening_gates_the_reply(drive)
        await proposed_and_accepted(drive)
        await opens_one_by_one(drive, [("prevention", drive.prevention), ("restitution", drive.remedy)])
        await drive.resolve()


async def test_each_gate_of_the_house_playbook_refuses(run: Run) -> None:
    async with run(playbook="amends") as air:
        drive = await on_a_call(air)
        await listening_gates_the_reply(drive)
        await proposed_and_accepted(drive)
        deeds: Deeds = [
            ("compensate", drive.remedy),
            ("fix", drive.fix),
            ("cause", drive.cause),
            ("prevention", drive.prevention),
        ]
        await opens_one_by_one(drive, [answering(drive), asking(drive), *deeds])
        await drive.resolve()
        await circle_back_gates_the_closing(drive)
