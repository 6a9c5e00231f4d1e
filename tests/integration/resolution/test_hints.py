"""What is said on a call is heard as it comes, and its speaker is told at once."""

from __future__ import annotations

from amends.resolution.v1 import events_pb2 as out

from tests.integration.resolution.world import INTAKE, World, by_phone


async def test_blame_on_a_call_brings_the_repairing_sentence_to_the_employee(air: World) -> None:
    story = by_phone(point_of_contact="ana")
    await air.open(story)
    await air.say(
        INTAKE,
        story.speaks("ana", "well it must have"),
        story.speaks("ana", "been accounting"),
    )
    (hint,) = await air.hear(story.case_id, out.HintGiven, 1)
    assert hint.employee_id == "ana"
    assert [each.category for each in hint.findings] == ["blame_colleague"]
    assert [hint.text[each.start : each.end] for each in hint.findings] == ["it must have been accounting"]
    assert hint.findings[0].suggestion.startswith("Let me say that again")
