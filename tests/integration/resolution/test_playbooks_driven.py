"""Each playbook drives a complaint from its first word to the customer's last, every step proven by an event.
(`sixty-seconds`: test_sixty_seconds.)"""

from __future__ import annotations

from amends.resolution.v1 import events_pb2 as out

from services.resolution.config import Settings
from tests.integration.resolution.conftest import Run
from tests.integration.resolution.driving import (
    APOLOGY_AGAIN,
    EMPATHY,
    LINGERS,
    REASSURANCE,
    by_mail,
    on_a_call,
)
from tests.integration.resolution.world import FIRST_REPLY


async def test_seven_strategies_drive_a_complaint_to_its_end(run: Run) -> None:
    """Heard out, apologised to twice, put right, and come back to."""
    async with run(playbook="seven-strategies") as air:
        drive = await by_mail(air)
        assert await drive.done() == ["listen"]  # the complaint is in writing
        await drive.reply()
        assert await drive.done() == ["listen", "answer", "apologise"]
        await drive.customer("I have missed the wedding of my sister.")
        await drive.propose(APOLOGY_AGAIN)
        await drive.accepted()
        await drive.fix()
        await drive.resolve()
        await drive.circle_back()
        await drive.close(await drive.customer("Yes, it is solved."))
        await drive.is_at_its_end()


async def test_champions_drive_a_complaint_to_its_end(run: Run) -> None:
    """Fixed so that it stays fixed, and more than the least: the customer is delighted, without a gift."""
    async with run(playbook="champions") as air:
        drive = await by_mail(air)
        await drive.reply()
        await drive.propose(APOLOGY_AGAIN)
        await drive.accepted(out.VERDICT_EXCEEDS)
        await drive.fix()
        await drive.cause()
        await drive.prevention()
        await drive.resolve()
        await drive.circle_back()
        await drive.close(await drive.customer("It has stayed fixed."))
        await drive.is_at_its_end()


async def test_six_steps_drive_a_complaint_to_its_end(run: Run) -> None:
    """The customer is asked what would be right; a first offer below that is followed by a better one."""
    async with run(playbook="six-steps") as air:
        drive = await by_mail(air)
        await drive.reply()
        await drive.customer("A voucher is no use to me.")
        await drive.propose(APOLOGY_AGAIN)
        await drive.accepted(out.VERDICT_BELOW)
        assert len(await air.said(drive.case_id, out.AlternativesAskedFor)) == 1
        assert "satisfied" not in await drive.done()
        await drive.propose(APOLOGY_AGAIN)
        await drive.accepted()
        await drive.reply(LINGERS)
        assert "contact" not in await drive.done()  # at the end, not before it is solved
        await drive.fix()
        await drive.reply(LINGERS)
        await drive.resolve()
        await drive.close(await drive.customer("Yes, it is solved."))
        await drive.is_at_its_end()


async def test_seven_tips_drive_a_complaint_to_its_end(run: Run) -> None:
    """On a call: apologised at once, by first name, proposed, prevented, and made good."""
    async with run(playbook="seven-tips") as air:
        drive = await on_a_call(air)
        assert await drive.done() == []
        await drive.employee_says("apologise", "Maria, I am so sorry that we let you down.")
        await drive.employee_says("thank", "Thank you for telling me. I will take care of this myself.")
        await drive.customer("I felt like a parcel that nobody had come for.")
        await drive.employee_says("empathy", EMPATHY)
        await drive.propose()
        await drive.accepted()
        await drive.remedy()
        await drive.prevention()
        await drive.employee_says("reassure", REASSURANCE)
        await drive.fix()
        await drive.resolve()
        await drive.debrief()
        await drive.close(await drive.customer("Yes, all is well now."))
        await drive.is_at_its_end()


async def test_the_house_playbook_drives_a_complaint_to_its_end(run: Run) -> None:
    """The union of the five, and the default."""
    assert Settings().playbook == "amends"
    async with run(playbook="amends") as air:
        drive = await by_mail(air)
        await drive.remedy()
        await drive.reply(FIRST_REPLY)
        await drive.customer("I have missed the wedding of my sister.")
        await drive.propose(APOLOGY_AGAIN)
        await drive.accepted(out.VERDICT_EXCEEDS)
        await drive.fix()
        await drive.cause()
        await drive.prevention()
        await drive.resolve()
        await drive.debrief()
        await drive.circle_back()
        await drive.close(await drive.customer("Yes, it is solved."))
        await drive.is_at_its_end()
