"""Every way a case can end, and two cases that are one, over gRPC on the real service."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import grpc
import pytest
from amends.common.v1 import common_pb2
from amends.followup.v1 import events_pb2 as followup
from amends.intake.v1 import events_pb2 as intake
from amends.resolution.v1 import events_pb2 as out
from amends.resolution.v1 import service_pb2 as pb

from services.chassis.clock import to_proto
from services.chassis.testing.waiting import wait_for
from tests.integration.resolution.world import FIRST_REPLY, FOLLOWUP, INTAKE, Story, World, refused

OMBUDSMAN = "Financial Ombudsman Service"


def days_ago(days: float) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


async def opened_before(air: World, days: float) -> Story:
    """A complaint that reached us some days ago."""
    story = Story()
    complaint = story.complaint()
    complaint.message.received_at.CopyFrom(to_proto(days_ago(days)))
    complaint.message.occurred_at.CopyFrom(to_proto(days_ago(days)))
    await air.say(INTAKE, complaint)
    await air.hear(story.case_id, out.OwnerAssigned)
    return story


def delivered(story: Story, at: datetime, reply_id: str = "r") -> followup.ContactDelivered:
    return followup.ContactDelivered(
        case_id=story.case_id,
        contact_id=str(uuid4()),
        human=True,
        channel=common_pb2.CHANNEL_EMAIL,
        reply_id=reply_id,
        delivered_at=to_proto(at),
    )


def failed(story: Story, at: datetime) -> followup.ContactFailed:
    return followup.ContactFailed(
        case_id=story.case_id,
        contact_id=str(uuid4()),
        channel=common_pb2.CHANNEL_EMAIL,
        reply_id="r",
        error_class="bounced",
        failed_at=to_proto(at),
    )


def closing(story: Story, kind: out.Closing, **more: str) -> pb.CloseCaseRequest:
    return pb.CloseCaseRequest(case_id=story.case_id, closing=kind, **more)


async def rule_of(call: object) -> tuple[str, dict[str, str]]:
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await call  # type: ignore[misc]
    code, rule, allowed = refused(failure)
    assert code in (grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.INVALID_ARGUMENT)
    return rule, allowed


async def open_cases_of(air: World, employee_id: str) -> int:
    rows = await air.rows("select open_cases from employee_load where employee_id = $1", employee_id)
    return sum(row["open_cases"] for row in rows)


async def test_a_customer_who_cannot_be_reached_is_let_go_after_real_attempts_and_comes_back_by_a_word(
    air: World,
) -> None:
    story = await opened_before(air, 8)
    ana = await air.desk("ana")
    rule, allowed = await rule_of(ana.CloseCase(closing(story, out.CLOSING_UNREACHABLE)))
    assert (rule, allowed["attempts"], allowed["untried"]) == ("attempts_missing", "0 of 3", "email")
    tries = [delivered(story, days_ago(7)), failed(story, days_ago(4)), delivered(story, days_ago(1))]
    await air.say(FOLLOWUP, *tries)

    async def three_tries() -> bool:
        return len((await air.case(story.case_id)).attempts) == 3

    await wait_for(three_tries, what="three attempts")
    case = await ana.CloseCase(closing(story, out.CLOSING_UNREACHABLE))
    assert (case.status, case.closing) == (out.STATUS_CLOSED, out.CLOSING_UNREACHABLE)
    await air.hear_customer(story, "I was on holiday")
    (reopened,) = await air.hear(story.case_id, out.CaseReopened)
    assert reopened.because == "customer_word_after_closure"
    assert (await air.case(story.case_id)).owner.employee_id == "ana"


async def test_not_a_complaint_says_why_and_the_next_word_reopens_it(air: World) -> None:
    story = await air.open()
    ana = await air.desk("ana")
    rule, _ = await rule_of(ana.CloseCase(closing(story, out.CLOSING_NOT_A_COMPLAINT)))
    assert rule == "evidence_missing"
    await ana.CloseCase(closing(story, out.CLOSING_NOT_A_COMPLAINT, evidence="Asked for opening hours"))
    (closed,) = await air.hear(story.case_id, out.CaseClosed)
    assert (closed.closing, closed.evidence) == (out.CLOSING_NOT_A_COMPLAINT, "Asked for opening hours")
    await air.hear_customer(story, "But it is one")
    await air.hear(story.case_id, out.CaseReopened)


async def test_after_the_window_the_word_of_somebody_misread_opens_a_new_linked_case(run: object) -> None:
    async with run(reopen_window_s=0.0) as air:  # type: ignore[operator]
        await air.hire("ana")
        story = await air.open()
        ana = await air.desk("ana")
        await ana.CloseCase(closing(story, out.CLOSING_NOT_A_COMPLAINT, evidence="A question"))
        told = graver(story, "It is a complaint, my child was injured")
        await air.say(INTAKE, told)

        async def successor() -> str:
            return (await air.case(story.case_id)).successor_case_id

        new = await air.case(await wait_for(successor, what="the new case"))
        assert (new.linked_case_id, new.status) == (story.case_id, out.STATUS_OPEN)
        assert new.severity == common_pb2.SEVERITY_CRITICAL


async def test_a_final_response_closes_once_the_letter_with_the_customers_rights_has_arrived(
    air: World,
) -> None:
    story = await air.open()
    ana = await air.desk("ana")
    letter = pb.SendReplyRequest(
        case_id=story.case_id,
        kind=out.REPLY_KIND_FINAL_RESPONSE,
        text=FIRST_REPLY + f" If you are not content, the {OMBUDSMAN} will look into it.",
        ombudsman=OMBUDSMAN,
    )
    rule, _ = await rule_of(ana.CloseCase(closing(story, out.CLOSING_FINAL_RESPONSE)))
    assert rule == "letter_missing"
    sent = await ana.SendReply(letter)
    assert sent.outcome == out.ReplyChecked.OUTCOME_PASSED
    rule, _ = await rule_of(ana.CloseCase(closing(story, out.CLOSING_FINAL_RESPONSE)))
    assert rule == "letter_not_delivered"
    await air.say(FOLLOWUP, delivered(story, datetime.now(UTC), sent.reply_id))

    async def arrived() -> bool:
        return (await air.case(story.case_id)).final_response.HasField("delivered_at")

    await wait_for(arrived, what="the letter's receipt")
    case = await ana.CloseCase(closing(story, out.CLOSING_FINAL_RESPONSE))
    assert (case.closing, case.final_response.ombudsman) == (out.CLOSING_FINAL_RESPONSE, OMBUDSMAN)


async def test_the_owner_assesses_again_and_a_holding_reply_goes_out_with_its_reason(air: World) -> None:
    story = await air.open()
    ana = await air.desk("ana")
    critical = pb.AssessSeverityRequest(case_id=story.case_id, severity=common_pb2.SEVERITY_CRITICAL)
    await rule_of(ana.AssessSeverity(critical))  # without a reason
    critical.reason = "A child was with her"
    assert (await ana.AssessSeverity(critical)).severity == common_pb2.SEVERITY_CRITICAL
    (assessed,) = await air.hear(story.case_id, out.SeverityAssessed)
    assert (assessed.employee_id, assessed.severity) == ("ana", common_pb2.SEVERITY_CRITICAL)
    holding = pb.SendReplyRequest(
        case_id=story.case_id,
        kind=out.REPLY_KIND_HOLDING_REPLY,
        text=FIRST_REPLY + " The airport has to answer us first. You hear from us by 19 January 2027.",
        delay_reason="The airport has to answer us first.",
    )
    assert (await rule_of(ana.SendReply(holding)))[0] == "answer_by_missing"
    holding.answer_by = "19 January 2027"
    await ana.SendReply(holding)
    (sent,) = await air.hear(story.case_id, out.ReplySent)
    assert sent.kind == out.REPLY_KIND_HOLDING_REPLY


def graver(story: Story, text: str) -> intake.CustomerMessageReceived:
    """A later word as intake assesses one about safety."""
    told = story.customer_says(text)
    told.message.assessment.severity = common_pb2.SEVERITY_CRITICAL
    told.message.assessment.grounds.append("safety")
    return told


async def test_what_a_customer_writes_later_makes_the_case_graver(air: World) -> None:
    story = await air.open()
    told = graver(story, "By the way, my child was injured")
    await air.say(INTAKE, told, story.customer_says("A small thing, thank you"))
    (raised,) = await air.hear(story.case_id, out.SeverityAssessed)
    assert (raised.was, raised.severity) == (common_pb2.SEVERITY_HIGH, common_pb2.SEVERITY_CRITICAL)
    assert (raised.message_id, list(raised.grounds)) == (told.message.message_id, ["safety"])
    assert (await air.case(story.case_id)).severity == common_pb2.SEVERITY_CRITICAL


async def test_a_customer_withdraws_in_their_own_words(air: World) -> None:
    story = await air.open()
    ana = await air.desk("ana")
    rule, _ = await rule_of(ana.CloseCase(closing(story, out.CLOSING_WITHDRAWN, message_id="m-nobody")))
    assert rule == "evidence_missing"
    word = await air.hear_customer(story, "Forget it, I found my bag")
    case = await ana.CloseCase(closing(story, out.CLOSING_WITHDRAWN, message_id=word))
    assert case.closing == out.CLOSING_WITHDRAWN
    assert await open_cases_of(air, "ana") == 0


async def two_of_one_customer(air: World) -> tuple[Story, Story]:
    first = await air.open()
    second = await air.open(Story(customer_id=first.customer_id))
    return first, second


async def test_two_cases_of_one_customer_become_one_whose_words_it_hears(air: World) -> None:
    first, second = await two_of_one_customer(air)
    ana = await air.desk("ana")
    early = await air.hear_customer(first, "Also my bag")
    merging = pb.MergeCasesRequest(
        case_id=second.case_id, merged_case_id=first.case_id, reason="The same delay", idempotency_key="k"
    )
    survivor = await ana.MergeCases(merging)
    assert await ana.MergeCases(merging) == survivor
    assert list(survivor.merged_case_ids) == [first.case_id]
    (merged,) = await air.said(second.case_id, out.CasesMerged)
    (closed,) = await air.said(first.case_id, out.CaseClosed)
    assert (merged.merged_case_id, closed.survivor_case_id) == (first.case_id, second.case_id)
    assert closed.closing == out.CLOSING_MERGED
    assert merged.complained_at == survivor.complained_at
    assert await open_cases_of(air, "ana") == 1
    late = await air.hear_customer(first, "Any news?")
    assert (await air.case(second.case_id)).last_customer_message_id == late
    case = await ana.CloseCase(closing(second, out.CLOSING_WITHDRAWN, message_id=early))
    assert case.closing == out.CLOSING_WITHDRAWN  # what was said on the one is evidence on the other


async def test_a_wrong_merge_is_undone_and_each_has_its_own_words_again(air: World) -> None:
    first, second = await two_of_one_customer(air)
    ana = await air.desk("ana")
    early = await air.hear_customer(first, "Also my bag")
    await ana.MergeCases(
        pb.MergeCasesRequest(case_id=second.case_id, merged_case_id=first.case_id, reason="same")
    )
    undo = pb.SplitCaseRequest(case_id=second.case_id, merged_case_id=first.case_id, reason="two flights")
    back = await ana.SplitCase(undo)
    assert (back.case_id, back.status, back.successor_case_id) == (first.case_id, out.STATUS_OPEN, "")
    assert len(await air.said(first.case_id, out.CaseSplit)) == 1
    assert len(await air.said(second.case_id, out.CaseSplit)) == 1
    assert await open_cases_of(air, "ana") == 2
    late = await air.hear_customer(first, "Still no bag")
    assert (await air.case(first.case_id)).last_customer_message_id == late
    rule, _ = await rule_of(ana.CloseCase(closing(second, out.CLOSING_WITHDRAWN, message_id=early)))
    assert rule == "evidence_missing"
    assert (await rule_of(ana.SplitCase(undo)))[0] == "not_merged_here"


async def test_some_of_the_customers_words_become_a_case_of_their_own(air: World) -> None:
    story = await air.open()
    ana = await air.desk("ana")
    word = await air.hear_customer(story, "And another thing: my bill is wrong")
    new = await ana.SplitCase(
        pb.SplitCaseRequest(case_id=story.case_id, message_ids=[word], reason="Another matter")
    )
    assert (new.linked_case_id, new.owner.employee_id) == (story.case_id, "ana")
    assert new.last_customer_message_id == word
    (assigned,) = await air.said(new.case_id, out.OwnerAssigned)
    assert assigned.because == "split"
    assert await open_cases_of(air, "ana") == 2
    case = await ana.CloseCase(
        pb.CloseCaseRequest(case_id=new.case_id, closing=out.CLOSING_WITHDRAWN, message_id=word)
    )
    assert case.status == out.STATUS_CLOSED  # the word went with it, and is evidence there alone
    rule, _ = await rule_of(ana.CloseCase(closing(story, out.CLOSING_WITHDRAWN, message_id=word)))
    assert rule == "evidence_missing"


async def test_linked_cases_stay_two_and_name_each_other(air: World) -> None:
    one, other = await air.open(), await air.open()
    ana = await air.desk("ana")
    linking = pb.LinkCasesRequest(case_id=one.case_id, other_case_id=other.case_id, reason="Same flight")
    case = await ana.LinkCases(linking)
    assert list(case.related_case_ids) == [other.case_id]
    assert list((await air.case(other.case_id)).related_case_ids) == [one.case_id]
    assert await ana.LinkCases(linking) == case
    assert len(await air.said(other.case_id, out.CasesLinked)) == 1
    rule, _ = await rule_of(
        ana.MergeCases(pb.MergeCasesRequest(case_id=one.case_id, merged_case_id=other.case_id, reason="same"))
    )
    assert rule == "different_customers"


async def test_a_solution_after_one_that_was_below_says_which_it_answers(air: World) -> None:
    story = await air.open()
    ana = await air.desk("ana")
    proposing = pb.ProposeSolutionRequest(case_id=story.case_id, description="Miles", text=FIRST_REPLY)
    first = await ana.ProposeSolution(proposing)
    no = await air.hear_customer(story, "That is not enough")
    await ana.RecordVerdict(
        pb.RecordVerdictRequest(case_id=story.case_id, verdict=out.VERDICT_BELOW, message_id=no)
    )
    second = await ana.ProposeSolution(proposing)
    assert second.alternative_to == first.proposal_id
    proposed = await air.said(story.case_id, out.SolutionProposed)
    assert [each.alternative_to for each in proposed] == ["", first.proposal_id]
