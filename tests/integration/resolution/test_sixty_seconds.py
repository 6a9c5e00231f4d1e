"""The worked example of P1: a flight is four hours late, and within sixty seconds the gate agent, alone,
has used the customer's name, apologised, given access to the lounge and added 15,000 miles."""

from __future__ import annotations

from amends.resolution.v1 import events_pb2 as out
from amends.resolution.v1 import service_pb2 as pb

from tests.integration.resolution.world import INTAKE, World, by_phone

MINUTE_MS = 60_000


async def test_the_gate_agent_makes_it_right_within_sixty_seconds_without_asking_anybody(air: World) -> None:
    story = by_phone(point_of_contact="ana")
    await air.open(story)
    ana = await air.desk("ana")
    case = await air.case(story.case_id)
    say = {step.step_id: step.say for step in case.steps}
    assert say["answer"].startswith("Maria, I am Ana.")

    await air.say(
        INTAKE,
        story.speaks("ana", "Maria, I am Ana, and I am so sorry that we let you down."),
        story.speaks("ana", "Thank you for coming to me. I will take care of this myself."),
    )
    await air.hear(story.case_id, out.StepCompleted, 5)
    for remedy in ("lounge-access", "miles-15000"):
        await ana.GrantRemedy(
            pb.GrantRemedyRequest(case_id=story.case_id, remedy_id=remedy, idempotency_key=remedy)
        )
    await ana.ProposeSolution(
        pb.ProposeSolutionRequest(case_id=story.case_id, description="Lounge until boarding, 15,000 miles")
    )
    yes = story.speaks("", "Oh! That is more than I expected, thank you.")
    await air.say(INTAKE, yes)
    await air.known(yes.segment_id)
    await ana.RecordVerdict(
        pb.RecordVerdictRequest(case_id=story.case_id, verdict=out.VERDICT_EXCEEDS, message_id=yes.segment_id)
    )
    await ana.ApplyFix(pb.ApplyFixRequest(case_id=story.case_id, description="Pass and miles are booked"))
    await ana.ResolveCase(pb.ResolveCaseRequest(case_id=story.case_id))
    solved = story.speaks("", "Yes, all is well now.")
    await air.say(INTAKE, solved)
    await air.known(solved.segment_id)
    case = await ana.CloseCase(
        pb.CloseCaseRequest(
            case_id=story.case_id, closing=out.CLOSING_CONFIRMED, message_id=solved.segment_id
        )
    )

    assert case.status == out.STATUS_CLOSED
    assert all(step.completed for step in case.steps)
    done = {step.step_id: step.after_ms for step in await air.said(story.case_id, out.StepCompleted)}
    within = ("answer", "name", "apologise", "thank", "take-responsibility", "compensate", "propose")
    assert all(done[step] < MINUTE_MS for step in within)
    granted = await air.said(story.case_id, out.RemedyGranted)
    assert [each.description for each in granted] == ["Access to the lounge", "15,000 miles"]
    # alone: one owner throughout, nobody asked, nobody helped
    assert len(await air.said(story.case_id, out.OwnerAssigned)) == 1
    assert await air.said(story.case_id, out.HelperJoined) == []
    assert await air.said(story.case_id, out.HandOffOffered) == []
