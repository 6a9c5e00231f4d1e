"""Clocks and promises on real timers, in a real database; the calls that show them."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from uuid import uuid4
from zoneinfo import ZoneInfo

import grpc
import grpc.aio
import pytest
from amends.common.v1 import common_pb2
from amends.followup.v1 import events_pb2 as out
from amends.followup.v1 import service_pb2 as pb
from amends.followup.v1 import service_pb2_grpc
from amends.intake.v1 import events_pb2 as intake
from amends.resolution.v1 import events_pb2 as resolution
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis import calling, rpc
from services.chassis.clock import to_proto
from services.chassis.security import AccessRole, ApiKeys
from services.chassis.testing.waiting import wait_for
from services.cli.preferences import asked, change
from tests.integration.followup.conftest import Run
from tests.integration.followup.world import (
    INTAKE,
    RECEIPTS,
    RESOLUTION,
    RESPONSES,
    Story,
    World,
    by_sms,
    seconds,
)

# A share of no answers.
NOTHING = pb.Share(high=1)


async def begin(world: World, story: Story) -> None:
    """A complaint with its owner, and its next promise made."""
    await world.say(INTAKE, story.case_id, story.complaint())
    await world.say(RESOLUTION, story.case_id, story.opened(), story.owned())
    await world.hear(story.case_id, out.PromiseMade)
    await world.hear(story.case_id, out.ContactSent)


def ago(count: float) -> datetime:
    return datetime.now(UTC) - seconds(count)


async def test_the_minute_that_passes_unanswered_is_breached_at_its_deadline(run: Run) -> None:
    story = Story(t0=ago(59))
    async with run() as world:
        await begin(world, story)
        (breach,) = await world.hear(story.case_id, out.ClockBreached)
        assert breach.clock == "response_60s"
        assert breach.breached_at.ToDatetime(tzinfo=UTC) == story.t0 + seconds(60)
        assert breach.detected_at.ToDatetime(tzinfo=UTC) >= story.t0 + seconds(60)


async def test_a_late_reply_is_recorded_out_of_time_and_leaves_the_breach(run: Run) -> None:
    story = Story(t0=ago(59.5))
    async with run() as world:
        await begin(world, story)
        await world.hear(story.case_id, out.ClockBreached)
        await world.say(RESOLUTION, story.case_id, story.reply())
        met = {one.clock: one for one in await world.hear(story.case_id, out.ClockMet, 2)}
        assert not met["response_60s"].in_time
        assert met["first_response"].in_time
        async with client(world) as followup:
            clocks = (await followup.GetClocks(pb.GetClocksRequest(case_id=story.case_id))).clocks
            found = {one.clock: (one.state, one.breached) for one in clocks}
            assert (found["response_60s"], found["first_response"]) == (("met", True), ("met", False))
        assert len(await world.said(story.case_id, out.ClockBreached)) == 1


async def test_circle_backs_come_due_are_asked_and_kept_and_the_answer_is_feedback(run: Run) -> None:
    story = Story(language="de-CH")
    async with run(circle_back_s=(0.5, 60.0), public_base_url="https://intake.example") as world:
        await begin(world, story)
        await world.say(RESOLUTION, story.case_id, story.resolved())
        (due,) = await world.hear(story.case_id, out.CircleBackDue)
        assert due.employee_id == "maria"
        ask = story.reply("Is it solved?", resolution.REPLY_KIND_CIRCLE_BACK, promise_id=due.promise_id)
        await world.say(RESOLUTION, story.case_id, ask)
        (kept,) = await world.hear(story.case_id, out.PromiseKept)
        assert (kept.promise_id, kept.kind) == (due.promise_id, out.PROMISE_KIND_CIRCLE_BACK)
        first, asked = world.provider.ledger.find(to=story.party.value)
        assert first.text.startswith("Guten Tag Ana,")
        assert "mit zwei Klicks sagen: https://intake.example/" in asked.text
        answer = story.customer_says("Yes, solved. You exceeded my expectations, 9/10!")
        await world.say(INTAKE, story.case_id, answer)
        (told,) = await world.hear(story.case_id, out.FeedbackReceived)
        assert (told.solved, told.verdict, told.recommend) == (
            out.FeedbackReceived.SOLVED_YES,
            resolution.VERDICT_EXCEEDS,
            9,
        )
        assert (told.answers_circle_back, told.promise_id) == (True, due.promise_id)
        assert told.words.startswith("Yes, solved.")
        async with client(world) as followup:
            request = pb.GetFeedbackFiguresRequest(since=to_proto(story.t0), channel=common_pb2.CHANNEL_EMAIL)
            figures = await followup.GetFeedbackFigures(request)
            assert (figures.all.asked, figures.all.answered, figures.all.nps.score) == (1, 1, 100)
            assert [one.severity for one in figures.by_severity] == [common_pb2.SEVERITY_NORMAL]
            assert figures.all.response_rate.low < 1 == figures.all.response_rate.high
            request.channel = common_pb2.CHANNEL_SMS
            assert (await followup.GetFeedbackFigures(request)).all == pb.FeedbackFigures(
                response_rate=NOTHING, solved=NOTHING, met=NOTHING, exceeded=NOTHING, csat=NOTHING,
                ces=NOTHING, nps=pb.Nps(low=-100, high=100), champions=NOTHING,
            )  # fmt: skip


async def test_who_advocates_and_complains_no_more_is_a_champion_when_the_window_is_over(run: Run) -> None:
    won, merely, renewed, again, further = (Story() for _ in range(5))
    async with run(champion_s=3.0) as world:
        complaints = {story.case_id: story.complaint() for story in (won, merely, renewed, again)}
        for story in (won, merely, again, renewed):
            score = "" if story in (renewed, merely) else "10/10"
            await confirmed(world, story, complaints[story.case_id], score)
            if story is again:
                more = further.complaint()
                more.customer.CopyFrom(complaints[again.case_id].customer)
                await world.say(INTAKE, further.case_id, more)
        renewal = pb.RecordAdvocacyRequest(
            customer_id=complaints[renewed.case_id].customer.customer_id,
            deed=pb.DEED_RENEWAL,
            reference="contract-7",
            happened_at=to_proto(datetime.now(UTC)),
        )
        async with client(world) as followup:

            async def known() -> bool:
                return list((await followup.RecordAdvocacy(renewal)).case_ids) == [renewed.case_id]

            await wait_for(known, what="the renewal counted for its case")
            (champion,) = await world.hear(won.case_id, out.ChampionCreated)
            assert champion.customer_id == complaints[won.case_id].customer.customer_id
            assert champion.evidence == "recommends 10 of 10, no answer before"
            (champion,) = await world.hear(renewed.case_id, out.ChampionCreated)
            assert champion.evidence == "renewal contract-7"

            async def decided() -> bool:
                return not await world.rows("select 1 from timer where kind = 'champion'")

            await wait_for(decided, what="all windows over")
            assert await world.said(again.case_id, out.ChampionCreated) == []
            assert await world.said(merely.case_id, out.ChampionCreated) == []
            figures = await followup.GetFeedbackFigures(pb.GetFeedbackFiguresRequest())
            assert (figures.all.champions.count, figures.all.champions.n, figures.all.asked) == (2, 4, 0)


async def confirmed(world: World, story: Story, complaint: Message, score: str) -> None:
    """A case that its customer says is solved, and its owner closes."""
    await world.say(INTAKE, story.case_id, complaint)
    await world.say(RESOLUTION, story.case_id, story.opened(), story.owned(), story.resolved())
    await world.hear(story.case_id, out.PromiseSuperseded)
    await world.say(INTAKE, story.case_id, story.customer_says(f"Yes, solved. {score}"))
    await world.hear(story.case_id, out.FeedbackReceived)
    closed = story.closed()
    closed.closing = resolution.CLOSING_CONFIRMED
    await world.say(RESOLUTION, story.case_id, closed)


async def test_a_circle_back_nobody_makes_is_broken_when_the_grace_is_over(run: Run) -> None:
    story = Story()
    async with run(circle_back_s=(0.2,), circle_back_grace_s=0.3) as world:
        await begin(world, story)
        await world.say(RESOLUTION, story.case_id, story.resolved())
        (due,) = await world.hear(story.case_id, out.CircleBackDue)
        (broken,) = await world.hear(story.case_id, out.PromiseBroken)
        assert (broken.promise_id, broken.reason) == (due.promise_id, "late")
        assert broken.due_at == due.due_at


async def test_a_progress_promise_that_passes_is_broken_and_followed_by_the_next(run: Run) -> None:
    story = Story()
    async with run(progress_s=0.5) as world:
        await begin(world, story)
        (broken, *_) = await world.hear(story.case_id, out.PromiseBroken)
        assert broken.kind == out.PROMISE_KIND_PROGRESS
        made = await world.hear(story.case_id, out.PromiseMade, 2)
        assert made[1].because == "broken"


async def test_a_live_call_is_answered_by_the_employees_voice(run: Run) -> None:
    story = by_sms()
    story.channel, story.live, story.t0 = 1, True, ago(3)
    async with run() as world:
        await world.say(INTAKE, story.case_id, story.complaint(), spoken(story, ago(2)))
        met = await world.hear(story.case_id, out.ClockMet, 2)
        assert all(one.in_time and one.elapsed_ms < 3000 for one in met)
        assert await world.said(story.case_id, out.ContactSent) == []


def spoken(story: Story, at: datetime) -> Message:
    from amends.intake.v1 import events_pb2 as intake  # noqa: PLC0415

    segment = intake.TranscriptSegmentReceived
    return segment(
        case_id=story.case_id,
        segment_id="s1",
        speaker=segment.SPEAKER_EMPLOYEE,
        text="Good morning, this is Maria",
        occurred_at=to_proto(at),
    )


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_topics_may_arrive_in_any_order(run: Run, order: tuple[int, ...]) -> None:
    """Complaint, resolution and receipt, each topic after the other was fully applied."""
    story = by_sms()
    async with run(without=("outbox",)) as world:
        steps = (
            lambda: world.say(INTAKE, story.case_id, story.complaint()),
            lambda: world.say(RESOLUTION, story.case_id, story.opened(), story.owned(), story.reply()),
            lambda: world.say(RECEIPTS, "x", story.receipt("SMx")),
        )
        signs = (
            "select 1 from follow_up where state::text like '%Four hours%'",
            "select 1 from contact where human",
            "select 1 from early_receipt union all select 1 from contact where state = 'delivered'",
        )
        for step in order:
            await steps[step]()
            await wait_for(lambda step=step: world.rows(signs[step]), what=signs[step])  # type: ignore[misc]
    async with run() as world:
        (row,) = await world.rows("select contact_id from contact where human")
        await world.hear(story.case_id, out.ContactSent, 2)
        sent = {one.contact_id: one for one in await world.said(story.case_id, out.ContactSent)}
        await world.say(RECEIPTS, "y", story.receipt(sent[str(row["contact_id"])].provider_message_id))
        await world.hear(story.case_id, out.ClockMet, 2, RESPONSES)
        assert len(await world.hear(story.case_id, out.ClockStarted, 2, RESPONSES)) == 2
        assert len(await world.said(story.case_id, out.PromiseKept)) == 1


# ------------------------------------------------------------------------------------------------ calls
@asynccontextmanager
async def client(
    world: World, employee_id: str = "maria", tenant: str = "acme", role: AccessRole = AccessRole.AGENT
) -> AsyncIterator[service_pb2_grpc.FollowupServiceAsyncStub]:
    """A caller with an employee's key."""
    token = await ApiKeys(world.database).create(tenant, role, employee_id)
    async with calling.connect(f"127.0.0.1:{world.port}", token) as channel:
        yield service_pb2_grpc.FollowupServiceStub(channel)  # type: ignore[misc]


async def test_promises_are_listed_by_person_and_by_what_is_due_in_pages(run: Run) -> None:
    stories = [Story() for _ in range(5)]
    async with run(circle_back_s=(0.1, 3600.0)) as world:
        for story in stories:
            await begin(world, story)
        await world.say(RESOLUTION, stories[0].case_id, stories[0].resolved())
        await world.hear(stories[0].case_id, out.CircleBackDue)
        async with client(world) as followup:
            due = await followup.ListPromises(pb.ListPromisesRequest(employee_id="maria", due_only=True))
            assert [(one.case_id, one.kind) for one in due.promises] == [
                (stories[0].case_id, out.PROMISE_KIND_CIRCLE_BACK)
            ]
            listed: list[pb.Promise] = []
            token = ""
            while True:
                page = await followup.ListPromises(pb.ListPromisesRequest(page_size=2, page_token=token))
                listed += page.promises
                token = page.next_page_token
                if not token:
                    break
            assert len(listed) == len({one.promise_id for one in listed}) == 7
            assert [one.due_at.ToDatetime() for one in listed] == sorted(
                one.due_at.ToDatetime() for one in listed
            )
            nobody = await followup.ListPromises(pb.ListPromisesRequest(employee_id="jonas"))
            assert list(nobody.promises) == []


async def test_a_digest_names_what_is_owed_and_who_waits_also_for_a_colleague_who_is_away(run: Run) -> None:
    mine, theirs = Story(t0=ago(30)), Story()
    async with run(progress_s=3600.0) as world:
        await begin(world, mine)
        await world.say(INTAKE, theirs.case_id, theirs.complaint())
        await world.say(RESOLUTION, theirs.case_id, theirs.opened(), theirs.owned("jonas"))
        await world.hear(theirs.case_id, out.PromiseMade)
        cover = {"employee_id": "jonas", "cover": theirs.person("maria")}
        times = {"starts_at": to_proto(ago(60)), "ends_at": to_proto(ago(-3600))}
        await world.say(RESOLUTION, "jonas", resolution.CoverStarted(**cover, **times))
        async with client(world) as followup, client(world, "jonas") as away:
            both = await seen(followup, lambda one: len(one.covers) == 1)
            assert [one.employee_id for one in both.promises] == ["maria", "jonas"]
            assert [one.case_id for one in both.waiting] == [mine.case_id, theirs.case_id]
            assert (both.overdue, both.due, both.later) == (0, 2, 0)
            near = await followup.GetDigest(pb.GetDigestRequest(within_s=60))
            assert (list(near.promises), near.later) == ([], 2)
            assert (await seen(away, lambda one: True)).covered_by_employee_id == "maria"
            sooner = pb.MakePromiseRequest(case_id=theirs.case_id, due_at=to_proto(ago(-600)))
            assert (await followup.MakePromise(sooner)).employee_id == "jonas"
            sooner.due_at.CopyFrom(to_proto(ago(-500)))

            await world.say(RESOLUTION, "jonas", resolution.CoverEnded(**cover))
            await world.say(RESOLUTION, mine.case_id, mine.reply())
            own = await seen(followup, lambda one: not one.covers and not one.waiting)
            assert [one.case_id for one in own.promises] == [mine.case_id]
            assert await refusal(followup.MakePromise(sooner)) == (
                grpc.StatusCode.PERMISSION_DENIED,
                "not_the_owner",
            )


async def test_attempts_and_messages_keep_to_what_the_customer_likes_and_to_their_quiet_hours(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = replace(by_sms(), t0=ago(7200))
    async with run() as world:
        complaint = story.complaint()
        await world.say(INTAKE, story.case_id, complaint)
        await world.say(RESOLUTION, story.case_id, story.opened(), story.owned())
        by_mail = story.customer_says("And I also write a mail")
        by_mail.message.channel, by_mail.message.party.kind = common_pb2.CHANNEL_EMAIL, "email"
        by_mail.message.occurred_at.CopyFrom(to_proto(story.t0))
        await world.say(INTAKE, story.case_id, by_mail)
        await world.hear(story.case_id, out.PromiseMade)
        ask = pb.SuggestAttemptRequest(case_id=story.case_id)
        async with client(world) as followup:

            async def mail_known() -> pb.AttemptPlan | None:
                planned = await followup.SuggestAttempt(ask)
                return planned if planned.channel == common_pb2.CHANNEL_EMAIL else None

            assert (await wait_for(mail_known, what="the mail's plan")).because == "untried"  # type: ignore[union-attr]
            likes = pb.ContactPreferences(
                customer_id=complaint.customer.customer_id,
                preferred=[common_pb2.CHANNEL_SMS],
                **quiet_in("Pacific/Auckland"),
            )
            assert await followup.SetContactPreferences(likes) == likes
            planned = await followup.SuggestAttempt(ask)
            local = planned.at.ToDatetime(UTC).astimezone(ZoneInfo("Pacific/Auckland"))
            assert (planned.channel, planned.because) == (common_pb2.CHANNEL_SMS, "preferred")
            assert f"{local:%H:%M}" == likes.quiet_until
            await held_until_the_customer_writes(world, followup, story, planned.at)
            await refuse_by_command(world, likes, monkeypatch)
            await world.say(RESOLUTION, story.case_id, story.reply("On a refused channel"))
            (failed,) = await world.hear(story.case_id, out.ContactFailed)
            assert (failed.error_class, failed.reason) == ("blocked", "no_consent")
            assert (await followup.SuggestAttempt(ask)).channel == common_pb2.CHANNEL_EMAIL
            merged = intake.CustomersMerged(
                surviving_customer_id=str(uuid4()), merged_customer_ids=[likes.customer_id]
            )
            survivor = pb.GetContactPreferencesRequest(customer_id=merged.surviving_customer_id)
            await world.say(INTAKE, merged.surviving_customer_id, merged)

            async def adopted() -> bool:
                return list((await followup.GetContactPreferences(survivor)).refused) == list(likes.refused)

            await wait_for(adopted, what="the refusal is the survivor's too")


def quiet_in(zone: str) -> dict[str, str]:
    """Quiet hours around this moment, as fields of ContactPreferences."""
    now = datetime.now(ZoneInfo(zone))
    since, until = now - seconds(7200), now + seconds(7200)
    return {"time_zone": zone, "quiet_since": f"{since:%H:%M}", "quiet_until": f"{until:%H:%M}"}


async def refuse_by_command(
    world: World, likes: pb.ContactPreferences, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the customer preferred they refuse now, as the command line writes it down."""
    monkeypatch.setenv(
        "AMENDS_TOKEN", await ApiKeys(world.database).create("acme", AccessRole.AGENT, "maria")
    )
    monkeypatch.setenv("AMENDS_FOLLOWUP_GRPC_BIND", f"127.0.0.1:{world.port}")
    likes.refused.append(likes.preferred.pop())
    refusing = partial(change, prefer=["none"], refuse=["sms"], zone="", quiet="")
    assert await asked(likes.customer_id, refusing) == likes
    assert await asked(likes.customer_id, None) == likes


async def held_until_the_customer_writes(
    world: World, followup: service_pb2_grpc.FollowupServiceAsyncStub, story: Story, until: Timestamp
) -> None:
    """A message into the quiet hours waits in the outbox, and is out once they are shown to be awake."""

    async def held() -> pb.Contact | None:
        listed = await followup.ListContacts(pb.ListContactsRequest(case_id=story.case_id))
        return next((one for one in listed.contacts if one.HasField("held_until")), None)

    def texts() -> list[str]:
        return [one.text for one in world.provider.ledger.find(to=story.party.value)]

    await world.say(RESOLUTION, story.case_id, story.reply("At night"))
    waiting = await wait_for(held, what="the message held back")
    assert waiting is not None
    assert (waiting.state, waiting.held_until) == ("queued", until)
    assert "At night" not in texts()
    await world.say(INTAKE, story.case_id, story.customer_says("I cannot sleep for it"))
    await wait_for(lambda: "At night" in texts(), what="the message")
    assert await held() is None


async def seen(
    followup: service_pb2_grpc.FollowupServiceAsyncStub, true: Callable[[pb.Digest], bool]
) -> pb.Digest:
    """The caller's digest, once it says so."""

    async def asked() -> pb.Digest | None:
        digest = await followup.GetDigest(pb.GetDigestRequest())
        return digest if true(digest) else None

    found = await wait_for(asked, what="the digest")
    assert found is not None
    return found


async def test_the_owner_promises_sooner_and_never_later(run: Run) -> None:
    story = Story()
    async with run() as world:
        await begin(world, story)
        async with client(world) as followup, client(world, "jonas") as other:
            sooner = to_proto(datetime.now(UTC) + seconds(600))
            made = await followup.MakePromise(pb.MakePromiseRequest(case_id=story.case_id, due_at=sooner))
            assert (made.due_at, made.state, made.employee_id) == (sooner, "pending", "maria")
            later = to_proto(datetime.now(UTC) + seconds(6000))
            assert await refusal(
                followup.MakePromise(pb.MakePromiseRequest(case_id=story.case_id, due_at=later))
            ) == (grpc.StatusCode.FAILED_PRECONDITION, "promise_later")
            assert await refusal(
                other.MakePromise(pb.MakePromiseRequest(case_id=story.case_id, due_at=sooner))
            ) == (grpc.StatusCode.PERMISSION_DENIED, "not_the_owner")
            assert await refusal(
                followup.MakePromise(pb.MakePromiseRequest(case_id=str(uuid4()), due_at=sooner))
            ) == (grpc.StatusCode.NOT_FOUND, "unknown_case")
        assert [one.because for one in await world.said(story.case_id, out.PromiseMade)] == [
            "opened",
            "promised sooner",
        ]


async def refusal(call: grpc.aio.UnaryUnaryCall) -> tuple[grpc.StatusCode, str]:  # type: ignore[type-arg]
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value.code(), rpc.error_reason(caught.value)[0]


async def test_contacts_are_listed_with_what_became_of_them(run: Run) -> None:
    story = Story()
    async with run() as world:
        await begin(world, story)
        await world.say(RESOLUTION, story.case_id, story.reply())
        await world.hear(story.case_id, out.ContactDelivered, 2)
        async with client(world) as followup:
            listed = (await followup.ListContacts(pb.ListContactsRequest(case_id=story.case_id))).contacts
        assert [(one.kind, one.human, one.state, one.reply_kind) for one in listed] == [
            (out.CONTACT_KIND_ACKNOWLEDGEMENT, False, "delivered", resolution.REPLY_KIND_UNSPECIFIED),
            (out.CONTACT_KIND_REPLY, True, "delivered", resolution.REPLY_KIND_REPLY),
        ]


async def test_another_tenants_case_does_not_exist(run: Run) -> None:
    story = Story()
    async with run() as world:
        await begin(world, story)
        async with client(world, tenant="other") as stranger:
            assert await refusal(stranger.GetClocks(pb.GetClocksRequest(case_id=story.case_id))) == (
                grpc.StatusCode.NOT_FOUND,
                "unknown_case",
            )
            listed = await stranger.ListPromises(pb.ListPromisesRequest())
            assert list(listed.promises) == []


async def test_a_hundred_cases_at_once_are_each_acknowledged_once(run: Run) -> None:
    stories = [Story() for _ in range(100)]
    async with run() as world:
        await asyncio.gather(
            *(world.say(INTAKE, story.case_id, story.complaint()) for story in stories),
            *(world.say(RESOLUTION, story.case_id, story.opened(), story.owned()) for story in stories),
        )

        async def acknowledged() -> bool:
            rows = await world.rows("select count(*) as n from contact where state = 'delivered'")
            return int(rows[0]["n"]) == len(stories)

        await wait_for(acknowledged, what="all acknowledged")
        assert len({one.message_id for one in world.provider.ledger.find(provider="smtp")}) == len(stories)
        assert len(world.provider.ledger.find(provider="smtp")) == len(stories)
