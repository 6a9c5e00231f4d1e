"""A complaint is somebody's at once, is answered in checked words, and ends with the customer's own."""

from __future__ import annotations

import grpc
import pytest
from amends.followup.v1 import events_pb2 as followup
from amends.resolution.v1 import events_pb2 as out
from amends.resolution.v1 import service_pb2 as pb

from services.chassis.testing.waiting import wait_for
from tests.integration.resolution.world import FIRST_REPLY, FOLLOWUP, INTAKE, Story, World, refused

NO_CASE = "00000000-0000-7000-8000-000000000000"


async def test_a_complaint_becomes_a_case_with_an_owner_the_customer_can_reach(air: World) -> None:
    story = await air.open()
    (opened,) = await air.said(story.case_id, out.CaseOpened)
    (assigned,) = await air.said(story.case_id, out.OwnerAssigned)
    assert opened.customer_id == story.customer_id
    assert opened.playbook_id == "sixty-seconds"
    assert (assigned.owner.employee_id, assigned.owner.contact) == ("ana", "ana@air.example")
    assert assigned.because == "best_match"
    assert assigned.offered_at == assigned.accepted_at == opened.opened_at


async def test_a_complaint_heard_twice_is_one_case(air: World) -> None:
    story = Story()
    complaint = story.complaint()
    await air.say(INTAKE, complaint, complaint)
    await air.say(INTAKE, complaint)
    after = await air.open()
    assert len(await air.said(story.case_id, out.CaseOpened)) == 1
    rows = await air.rows("select employee_id, open_cases from employee_load")
    assert {row["employee_id"]: row["open_cases"] for row in rows} == {"ana": 2}
    assert (await air.case(after.case_id)).owner.employee_id == "ana"


async def test_a_case_from_complaint_to_the_customers_own_word(air: World) -> None:
    story = await air.open()
    ana = await air.desk("ana")
    case_id = story.case_id
    sent = await ana.SendReply(pb.SendReplyRequest(case_id=case_id, text=FIRST_REPLY))
    assert sent.outcome == out.ReplyChecked.OUTCOME_PASSED
    (reply,) = await air.hear(case_id, out.ReplySent)
    assert (reply.to.value, reply.subject) == ("maria@home.example", "Re: Four hours late")
    assert reply.in_reply_to
    case = await ana.ProposeSolution(
        pb.ProposeSolutionRequest(
            case_id=case_id,
            description="A refund",
            text=FIRST_REPLY + " I will refund the fare. Is that right?",
        )
    )
    assert case.status == out.STATUS_PROPOSED
    yes = await air.hear_customer(story)
    case = await ana.RecordVerdict(
        pb.RecordVerdictRequest(case_id=case_id, verdict=out.VERDICT_MEETS, message_id=yes)
    )
    assert case.status == out.STATUS_FIXING
    await ana.ApplyFix(pb.ApplyFixRequest(case_id=case_id, description="Fare refunded"))
    case = await ana.ResolveCase(pb.ResolveCaseRequest(case_id=case_id))
    assert case.status == out.STATUS_RESOLVED
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await ana.CloseCase(
            pb.CloseCaseRequest(case_id=case_id, closing=out.CLOSING_CONFIRMED, message_id=yes)
        )
    assert refused(failure)[:2] == (grpc.StatusCode.FAILED_PRECONDITION, "evidence_too_old")
    solved = await air.hear_customer(story, "It is solved")
    case = await ana.CloseCase(
        pb.CloseCaseRequest(case_id=case_id, closing=out.CLOSING_CONFIRMED, message_id=solved)
    )
    assert (case.status, case.closing) == (out.STATUS_CLOSED, out.CLOSING_CONFIRMED)
    rows = await air.rows("select open_cases from employee_load where employee_id = 'ana'")
    assert [row["open_cases"] for row in rows] == [0]


async def test_the_history_of_a_case_is_what_was_published_in_order(air: World) -> None:
    story = await air.open()
    ana = await air.desk("ana")
    await ana.SendReply(pb.SendReplyRequest(case_id=story.case_id, text=FIRST_REPLY))
    history = await ana.GetHistory(pb.GetHistoryRequest(case_id=story.case_id))
    kinds = [entry.type.rsplit(".", 1)[1] for entry in history.entries]
    assert kinds[:4] == ["CaseOpened", "OwnerAssigned", "ReplyChecked", "ReplySent"]
    assert set(kinds[4:]) == {"StepCompleted"}
    assert '"customer_id"' in history.entries[0].json


async def test_a_reply_with_blame_is_stopped_and_only_the_check_is_on_record(air: World) -> None:
    story = await air.open()
    ana = await air.desk("ana")
    text = FIRST_REPLY + " It must have been accounting."
    answer = await ana.SendReply(pb.SendReplyRequest(case_id=story.case_id, text=text))
    assert (answer.outcome, answer.reply_id) == (out.ReplyChecked.OUTCOME_STOPPED, "")
    blamed = [each for each in answer.findings if each.category == "blame_colleague"]
    assert text[blamed[0].start : blamed[0].end].lower() == "it must have been accounting"
    assert len(await air.said(story.case_id, out.ReplyChecked)) == 1
    assert await air.said(story.case_id, out.ReplySent) == []


async def test_a_stopped_proposal_is_kept_on_record_and_the_case_stays_open(air: World) -> None:
    story = await air.open()
    ana = await air.desk("ana")
    request = pb.ProposeSolutionRequest(case_id=story.case_id, description="x", text="It was not our fault.")
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await ana.ProposeSolution(request)
    code, rule, allowed = refused(failure)
    assert (code, rule) == (grpc.StatusCode.FAILED_PRECONDITION, "reply_stopped")
    assert "disagree" in allowed
    assert len(await air.said(story.case_id, out.ReplyChecked)) == 1
    assert (await air.case(story.case_id)).status == out.STATUS_OPEN


async def test_the_same_key_sends_once_and_another_request_under_it_is_refused(air: World) -> None:
    story = await air.open()
    ana = await air.desk("ana")
    request = pb.SendReplyRequest(case_id=story.case_id, text=FIRST_REPLY, idempotency_key="k-1")
    first, second = await ana.SendReply(request), await ana.SendReply(request)
    assert first == second
    assert len(await air.said(story.case_id, out.ReplySent)) == 1
    request.text += " Bye."
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await ana.SendReply(request)
    assert refused(failure)[:2] == (grpc.StatusCode.INVALID_ARGUMENT, "idempotency_key_reused")


async def resolve(air: World, story: Story) -> None:
    ana = await air.desk("ana")
    case_id = story.case_id
    await ana.SendReply(pb.SendReplyRequest(case_id=case_id, text=FIRST_REPLY))
    await ana.ProposeSolution(
        pb.ProposeSolutionRequest(case_id=case_id, description="A refund", text=FIRST_REPLY)
    )
    yes = await air.hear_customer(story)
    await ana.RecordVerdict(
        pb.RecordVerdictRequest(case_id=case_id, verdict=out.VERDICT_EXCEEDS, message_id=yes)
    )
    await ana.ApplyFix(pb.ApplyFixRequest(case_id=case_id, description="Fare refunded"))
    await ana.ResolveCase(pb.ResolveCaseRequest(case_id=case_id))


async def test_the_customers_yes_closes_and_a_later_no_reopens_the_same_case(air: World) -> None:
    story = await air.open()
    await resolve(air, story)
    await air.say(FOLLOWUP, story.feedback(followup.FeedbackReceived.SOLVED_YES))
    (closed,) = await air.hear(story.case_id, out.CaseClosed)
    assert closed.closing == out.CLOSING_CONFIRMED
    await air.say(FOLLOWUP, story.feedback(followup.FeedbackReceived.SOLVED_NO))
    (reopened,) = await air.hear(story.case_id, out.CaseReopened)
    assert reopened.because == "not_solved"
    case = await air.case(story.case_id)
    assert (case.status, case.owner.employee_id) == (out.STATUS_OPEN, "ana")


async def test_a_yes_that_says_no_is_held_back(air: World) -> None:
    story = await air.open()
    await resolve(air, story)
    await air.say(FOLLOWUP, story.feedback(followup.FeedbackReceived.SOLVED_CONTRADICTORY))
    await air.hear(story.case_id, out.ConfirmationHeldBack)
    assert (await air.case(story.case_id)).status == out.STATUS_RESOLVED


async def test_after_the_reopen_window_a_word_opens_one_new_case_linked_to_the_old(run: object) -> None:
    async with run(reopen_window_s=0.0) as air:  # type: ignore[operator]
        await air.hire("ana")
        story = await air.open()
        await resolve(air, story)
        await air.say(FOLLOWUP, story.feedback(followup.FeedbackReceived.SOLVED_YES))
        await air.hear(story.case_id, out.CaseClosed)
        late = [story.feedback(followup.FeedbackReceived.SOLVED_NO) for _ in range(2)]
        await air.say(FOLLOWUP, *late)

        async def linked() -> list[pb.Case]:
            ana = await air.desk("ana")
            listed = await ana.ListCases(pb.ListCasesRequest())
            return [case for case in listed.cases if case.linked_case_id == story.case_id]

        (new,) = await wait_for(linked, what="the linked case")
        word = await air.hear_customer(Story(case_id=story.case_id), "Still broken")
        new = await air.case(new.case_id)
        assert new.last_customer_message_id == word
        assert new.owner.employee_id == "ana"
        assert len(await linked()) == 1


async def test_cases_are_listed_newest_first_in_pages_by_owner_and_status(air: World) -> None:
    stories = [await air.open() for _ in range(3)]
    ana = await air.desk("ana")
    first = await ana.ListCases(pb.ListCasesRequest(owner_id="ana", status=out.STATUS_OPEN, page_size=2))
    second = await ana.ListCases(
        pb.ListCasesRequest(
            owner_id="ana", status=out.STATUS_OPEN, page_size=2, page_token=first.next_page_token
        )
    )
    listed = [case.case_id for case in [*first.cases, *second.cases]]
    assert listed == sorted((story.case_id for story in stories), reverse=True)
    assert second.next_page_token == ""
    nobodys = await ana.ListCases(pb.ListCasesRequest(owner_id="vic"))
    assert list(nobodys.cases) == []


@pytest.mark.parametrize(
    ("call", "request_", "code", "rule"),
    [
        ("GetCase", pb.GetCaseRequest(case_id="nonsense"), "INVALID_ARGUMENT", "bad_case_id"),
        (
            "GetCase",
            pb.GetCaseRequest(case_id=NO_CASE),
            "NOT_FOUND",
            "unknown_case",
        ),
        (
            "ApplyFix",
            pb.ApplyFixRequest(case_id=NO_CASE, description="x"),
            "NOT_FOUND",
            "unknown_case",
        ),
        ("RecordVerdict", pb.RecordVerdictRequest(case_id=NO_CASE), "INVALID_ARGUMENT", "verdict_missing"),
        ("CloseCase", pb.CloseCaseRequest(case_id=NO_CASE), "INVALID_ARGUMENT", "closing_missing"),
        ("GrantRemedy", pb.GrantRemedyRequest(), "INVALID_ARGUMENT", "bad_case_id"),
        ("ListCases", pb.ListCasesRequest(page_token="x"), "INVALID_ARGUMENT", "bad_page_token"),
        ("RegisterEmployee", pb.RegisterEmployeeRequest(), "INVALID_ARGUMENT", "employee_missing"),
        (
            "RegisterEmployee",
            pb.RegisterEmployeeRequest(employee=pb.Employee(employee_id="zoe", display_name="Zoe")),
            "PERMISSION_DENIED",
            "scope_missing",
        ),
        ("SetPresence", pb.SetPresenceRequest(employee_id="ben"), "PERMISSION_DENIED", "scope_missing"),
    ],
)
async def test_a_wrong_call_is_answered_with_its_code_and_rule(
    air: World, call: str, request_: object, code: str, rule: str
) -> None:
    ana = await air.desk("ana")
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await getattr(ana, call)(request_)
    assert refused(failure)[:2] == (grpc.StatusCode[code], rule)


async def test_a_version_seen_before_something_changed_is_refused(air: World) -> None:
    story = await air.open()
    seen = await air.case(story.case_id)
    await air.hear_customer(story)
    ana = await air.desk("ana")
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await ana.RecordVerdict(
            pb.RecordVerdictRequest(
                case_id=story.case_id, verdict=out.VERDICT_MEETS, message_id="m", if_version=seen.version
            )
        )
    assert refused(failure)[1] == "case_changed"


async def test_employees_come_and_go_by_themselves_and_cases_follow(air: World) -> None:
    ana, ben = await air.desk("ana"), await air.desk("ben")
    await ana.SetPresence(pb.SetPresenceRequest(employee_id="ana", present=False))
    await ben.SetPresence(pb.SetPresenceRequest(employee_id="ben", present=True))
    story = await air.open()
    assert (await air.case(story.case_id)).owner.employee_id == "ben"
    listed = await ana.ListEmployees(pb.ListEmployeesRequest())
    assert {each.employee_id: each.load for each in listed.employees} == {
        "ana": 0,
        "ben": 1,
        "lea": 0,
        "vic": 0,
    }
