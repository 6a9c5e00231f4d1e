"""Clocks beside the responses on real timers: regulators', and those of the case as a whole."""

from __future__ import annotations

from datetime import UTC, datetime

import grpc
from amends.common.v1 import common_pb2
from amends.followup.v1 import events_pb2 as out
from amends.followup.v1 import service_pb2 as pb
from amends.resolution.v1 import events_pb2 as resolution

from services.chassis.clock import to_proto
from tests.integration.followup.conftest import Run
from tests.integration.followup.test_deadlines import ago, client, refusal
from tests.integration.followup.world import INTAKE, RESOLUTION, Story, seconds

DAY = 86_400


async def test_a_tenants_regulators_rule_its_complaints_and_warn_each_once(run: Run) -> None:
    """Received almost 22 hours ago: half of ASIC's day is gone, and two hours before its end comes next."""
    received_at = ago(DAY - 7200 - 2)
    story = Story(t0=received_at)
    async with run(regulators=("acme:au-asic-rg271", "acme:uk-fca-disp", "other:us-reg-e")) as world:
        complaint = story.complaint()
        complaint.message.received_at.CopyFrom(to_proto(received_at))
        await world.say(INTAKE, story.case_id, complaint)
        await world.say(RESOLUTION, story.case_id, story.opened(), story.owned())
        applied = await world.hear(story.case_id, out.ClockPolicyApplied, 2)
        assert {one.policy_id for one in applied} == {"au-asic-rg271@3", "uk-fca-disp@2"}
        half, near = await world.hear(story.case_id, out.ClockWarned, 2, ("regulator:",))
        assert (half.percent, near.percent, near.before_ms) == (50, 0, 7_200_000)
        assert near.warned_at.ToDatetime(tzinfo=UTC) >= received_at + seconds(DAY - 7200)
        await world.say(RESOLUTION, story.case_id, story.reply(kind=resolution.REPLY_KIND_FINAL_RESPONSE))
        await world.hear(story.case_id, out.ClockMet, 7)
        async with client(world) as followup:
            clocks = (await followup.GetClocks(pb.GetClocksRequest(case_id=story.case_id))).clocks
        letters = {one.clock: one for one in clocks if one.clock.startswith("regulator:")}
        assert {name: (one.state, one.breached) for name, one in letters.items()} == {
            "regulator:au-asic-rg271:acknowledge": ("met", False),
            "regulator:au-asic-rg271:delay": ("met", False),
            "regulator:au-asic-rg271:final": ("met", False),
            "regulator:uk-fca-disp:acknowledge": ("met", False),
            "regulator:uk-fca-disp:final": ("met", False),
        }
        used = letters["regulator:au-asic-rg271:final"].time
        assert used.elapsed_ms >= (datetime.now(UTC) - received_at).total_seconds() * 1000 - 60_000
        assert 0 <= used.business_elapsed_ms < used.elapsed_ms


async def test_the_letter_that_a_policy_demands_is_drafted_and_its_delivery_gives_the_longer_time(
    run: Run,
) -> None:
    story = Story(t0=ago(60))
    async with run(regulators=("acme:uk-fca-psd-emd",)) as world, client(world) as followup:
        asked = pb.ListLettersRequest(case_id=story.case_id)
        await world.say(INTAKE, story.case_id, story.complaint())
        await world.say(RESOLUTION, story.case_id, story.opened(), story.owned())
        await world.hear(story.case_id, out.PromiseMade)
        (letter,) = (await followup.ListLetters(asked)).letters
        holding, final = resolution.REPLY_KIND_HOLDING_REPLY, resolution.REPLY_KIND_FINAL_RESPONSE
        assert (letter.state, list(letter.kinds)) == ("due", [holding, final])
        draft = await followup.DraftLetter(pb.DraftLetterRequest(case_id=story.case_id, kind=holding))
        assert all(words in draft.text for words in ("Dear Ana,", "Maria", draft.answer_by))
        assert list(draft.blanks) == ["[Why it takes longer.]"]
        summary = pb.DraftLetterRequest(case_id=story.case_id, kind=resolution.REPLY_KIND_SUMMARY_RESOLUTION)
        assert await refusal(followup.DraftLetter(summary)) == (
            grpc.StatusCode.FAILED_PRECONDITION,
            "letter_not_demanded",
        )
        draft_in_latin = pb.DraftLetterRequest(case_id=story.case_id, kind=holding, language="la")
        assert (await refusal(followup.DraftLetter(draft_in_latin)))[1] == "no_templates"
        before = await world.said(story.case_id, out.ClockStarted)
        await world.say(RESOLUTION, story.case_id, story.reply(draft.text, holding))
        longer = (await world.hear(story.case_id, out.ClockStarted, len(before) + 2))[len(before) :]
        (final_clock,) = [one for one in longer if one.clock == "regulator:uk-fca-psd-emd:final"]
        (sent, due) = (await followup.ListLetters(asked)).letters
        assert (sent.state, sent.delivered_kind, sent.breached) == ("delivered", holding, False)
        assert (due.state, due.due_at, list(due.kinds)) == ("due", final_clock.due_at, [final])
        contacts = (await followup.ListContacts(pb.ListContactsRequest(case_id=story.case_id))).contacts
        assert sent.contact_id in {one.contact_id for one in contacts if one.reply_kind == holding}


async def test_what_a_case_takes_waits_for_the_customer_and_goes_on_with_their_word(run: Run) -> None:
    story, waiting = Story(t0=ago(1)), {"resolution_first", "resolution_total", "owner_time"}
    async with run() as world:
        await world.say(INTAKE, story.case_id, story.complaint())
        await world.say(RESOLUTION, story.case_id, story.opened(), story.owned())
        await world.hear(story.case_id, out.ClockStarted, 7)
        await world.say(RESOLUTION, story.case_id, story.graver())
        added = (await world.hear(story.case_id, out.ClockStarted, 12))[7:]
        assert {one.clock for one in added} == waiting | {"progress_update", "proposal"}
        assert {one.severity for one in added} == {common_pb2.SEVERITY_CRITICAL}
        await world.say(RESOLUTION, story.case_id, story.reply(kind=resolution.REPLY_KIND_PROPOSAL))
        paused = await world.hear(story.case_id, out.ClockPaused, 6)
        assert {one.clock for one in paused} == waiting
        await world.say(INTAKE, story.case_id, story.customer_says("And my bag?"))
        resumed = await world.hear(story.case_id, out.ClockResumed, 6)
        assert {one.clock for one in resumed} == waiting
        await world.say(RESOLUTION, story.case_id, story.reply("It is on its way to you."))
        await world.hear(story.case_id, out.ClockMet, 9)
        await world.say(RESOLUTION, story.case_id, story.resolved())
        met = {one.clock: one for one in await world.hear(story.case_id, out.ClockMet, 15)}
        assert all(met[name].in_time and met[name].time.stopped_ms > 0 for name in waiting)
