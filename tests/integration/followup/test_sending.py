"""What goes out: the acknowledgement, a person's words, receipts in any order, providers that fail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from amends.followup.v1 import events_pb2 as out
from amends.intake.v1 import events_pb2 as intake
from amends.resolution.v1 import events_pb2 as resolution

from services.chassis.testing.waiting import wait_for
from services.followup.adapters import contacts, delivery
from services.followup.adapters.senders.mail import thread_token
from services.followup.bootstrap import office_from
from services.followup.domain.contact import HandedOver
from services.followup.domain.words import Via
from services.standalone.provider import Fault, Message
from tests.integration.followup.conftest import SECRET, Run
from tests.integration.followup.world import (
    INTAKE,
    RECEIPTS,
    RESOLUTION,
    RESPONSES,
    Story,
    World,
    by_messenger,
    by_sms,
    by_telegram,
    by_whatsapp,
    seconds,
)


async def sent_to(world: World, to: str, count: int = 1) -> list[Message]:
    """What the provider took for `to`, once it is `count`."""

    def enough() -> list[Message]:
        found = world.provider.ledger.find(to=to)
        return found if len(found) >= count else []

    return await wait_for(enough, what=f"{count} messages to {to}")


async def begin(world: World, story: Story) -> None:
    """A complaint with its owner, acknowledged."""
    await world.say(INTAKE, story.case_id, story.complaint())
    await world.say(RESOLUTION, story.case_id, story.opened(), story.owned())
    await world.hear(story.case_id, out.ContactSent)


async def test_the_acknowledgement_names_the_owner_and_threads_back(run: Run) -> None:
    story = Story()
    async with run() as world:
        await begin(world, story)
        (mail,) = await sent_to(world, "ana@home.example")
        for words in ("Dear Ana,", "Maria", "maria@air.example", "sorry"):
            assert words in mail.text
        assert mail.details["Auto-Submitted"] == "auto-replied"
        assert mail.details["Reply-To"] == f"care+{thread_token(story.case_id, SECRET)}@air.example"
        assert mail.details["In-Reply-To"].endswith("@home.example>")
        assert mail.subject == "Re: Four hours late"
        (sent,) = await world.said(story.case_id, out.ContactSent)
        assert (sent.human, sent.provider_message_id) == (False, mail.message_id)
        assert mail.message_id == f"<c.{story.case_id}.m.{sent.contact_id}@air.example>"
        assert await world.said(story.case_id, out.ClockMet) == []


async def test_when_an_owner_leaves_the_company_the_customer_hears_who_has_it_now_and_circles_back(
    run: Run,
) -> None:
    story = Story()
    async with run() as world:
        await begin(world, story)
        await world.say(RESOLUTION, story.case_id, story.resolved())
        moved = story.owned("jonas")
        moved.because = "forced_leaver"
        heir = resolution.FirstContactMoved(
            case_id=story.case_id, employee_id="maria", first_contact=story.person("jonas")
        )
        await world.say(RESOLUTION, story.case_id, moved, heir)
        _, mail = await sent_to(world, "ana@home.example", 2)
        for words in ("Dear Ana,", "Jonas", "jonas@air.example", "from now on"):
            assert words in mail.text
        assert "Maria" not in mail.text
        assert mail.details["Auto-Submitted"] == "auto-replied"
        owed = (
            "select true from promise where kind = 'circle_back' and state = 'pending' and employee_id = $1"
        )
        await wait_for(lambda: world.rows(owed, "jonas"), what="the circle-back of the heir")
        assert await world.rows(owed, "maria") == []


async def test_automatic_mail_is_not_acknowledged(run: Run) -> None:
    story, other = Story(), Story()
    async with run() as world:
        await world.say(INTAKE, story.case_id, story.complaint(suppressed_reason="auto-replied"))
        await world.say(RESOLUTION, story.case_id, story.opened(), story.owned())
        await world.hear(story.case_id, out.PromiseMade)
        await begin(world, other)
        assert await world.said(story.case_id, out.ContactSent) == []


async def test_a_persons_mail_is_delivered_by_its_hand_over_and_meets_the_clocks(run: Run) -> None:
    story = Story(language="de")
    async with run() as world:
        await begin(world, story)
        reply = story.reply()
        reply.subject = " "
        await world.say(RESOLUTION, story.case_id, reply)
        (_, delivered) = await world.hear(story.case_id, out.ContactDelivered, 2)
        assert (delivered.human, delivered.by_receipt) == (True, False)
        met = await world.hear(story.case_id, out.ClockMet, 2, RESPONSES)
        assert {one.clock for one in met} == {"response_60s", "first_response"}
        assert all(one.in_time and one.contact_id == delivered.contact_id for one in met)
        kept = await world.hear(story.case_id, out.PromiseKept)
        assert kept[0].contact_id == delivered.contact_id
        (_, mail) = await sent_to(world, story.party.value, 2)
        assert mail.subject == "Ihre Nachricht an uns", (
            "what its author left out is in the customer's language"
        )


@pytest.mark.parametrize("told", [by_sms, by_whatsapp, by_messenger])
async def test_a_persons_message_meets_the_clock_at_the_receipts_time(
    run: Run, told: Callable[[], Story]
) -> None:
    story = told()
    async with run() as world:
        await begin(world, story)
        await world.say(RESOLUTION, story.case_id, story.reply())
        sent = (await world.hear(story.case_id, out.ContactSent, 2))[1]
        assert await world.said(story.case_id, out.ClockMet) == []
        at = datetime.now(UTC)
        await world.say(RECEIPTS, f"{story.provider}:x", story.receipt(sent.provider_message_id, at))
        met = (await world.hear(story.case_id, out.ClockMet, 2))[0]
        assert met.met_at.ToDatetime(tzinfo=UTC) == at
        (delivered,) = await world.said(story.case_id, out.ContactDelivered)
        assert (delivered.by_receipt, delivered.human) == (True, True)


async def test_the_receipt_of_an_acknowledgement_meets_nothing(run: Run) -> None:
    story = by_sms()
    async with run() as world:
        await begin(world, story)
        (sent,) = await world.said(story.case_id, out.ContactSent)
        await world.say(RECEIPTS, "x", story.receipt(sent.provider_message_id))
        (delivered,) = await world.hear(story.case_id, out.ContactDelivered)
        assert not delivered.human
        assert await world.said(story.case_id, out.ClockMet) == []


async def test_a_receipt_that_comes_before_the_hand_over_is_recorded_is_kept_for_it(run: Run) -> None:
    story = by_sms()
    async with run(without=("outbox",)) as world:
        at = datetime.now(UTC) + seconds(5)
        await world.say(RECEIPTS, "x", story.receipt("SMearly", at))
        await wait_for(lambda: world.rows("select 1 from early_receipt"), what="the receipt")
        await world.say(RESOLUTION, story.case_id, story.reply())
        await wait_for(lambda: world.rows("select 1 from contact"), what="the queued reply")
        now = datetime.now(UTC)
        async with world.database.transaction({world.tenant}) as tx:
            (contact,) = await contacts.claim(tx, contacts.Claim(Via.TWILIO, 1, now, now + seconds(60)))
            assert await delivery.handed_over(
                tx, office_from(world.settings), contact, HandedOver("SMearly", now)
            )
        (delivered,) = await world.said(story.case_id, out.ContactDelivered)
        assert delivered.by_receipt
        assert await world.rows("select 1 from early_receipt") == []


async def test_receipts_of_messages_that_were_never_ours_are_forgotten(run: Run) -> None:
    story = by_sms()
    async with run(without=("outbox",)) as world:
        await world.say(RECEIPTS, "x", story.receipt("SMforeign"))
        await wait_for(lambda: world.rows("select 1 from early_receipt"), what="the receipt")
        await world.rows("update early_receipt set kept_at = now() - interval '9 days' returning 1")
        await world.say(RECEIPTS, "y", story.receipt("SMother"))
        kept = "select 1 from early_receipt where provider_message_id = 'SMother'"
        await wait_for(lambda: world.rows(kept), what="the next receipt")
        assert len(await world.rows("select 1 from early_receipt")) == 1


async def test_receipts_racing_with_their_hand_overs_are_never_lost(run: Run) -> None:
    """The provider's receipt is published the moment it took the message, often before our commit."""
    stories = [by_sms() for _ in range(20)]
    async with run() as world:

        async def receipts() -> None:
            seen = 0
            while seen < 2 * len(stories):
                for message in await world.provider.ledger.wait(provider="twilio", after=seen, timeout=20):
                    seen = max(seen, message.sequence)
                    await world.say(RECEIPTS, message.message_id, stories[0].receipt(message.message_id))

        posting = asyncio.create_task(receipts())
        for story in stories:
            await world.say(INTAKE, story.case_id, story.complaint())
            await world.say(RESOLUTION, story.case_id, story.opened(), story.owned(), story.reply())
        for story in stories:
            assert len(await world.hear(story.case_id, out.ContactDelivered, 2)) == 2
        await posting
        assert await world.rows("select * from early_receipt") == []


async def test_a_provider_that_fails_once_gets_the_message_once(run: Run) -> None:
    story = by_sms()
    async with run() as world:
        await begin(world, story)
        world.provider.order(Fault("twilio", 500))
        await world.say(RESOLUTION, story.case_id, story.reply("once"))
        sent = (await world.hear(story.case_id, out.ContactSent, 2))[1]
        assert sent.attempt == 2
        assert [one.text for one in await sent_to(world, story.party.value, 2)].count("once") == 1


async def test_a_message_taken_without_an_answer_is_found_and_not_sent_again(run: Run) -> None:
    story = by_sms()
    async with run() as world:
        await begin(world, story)
        world.provider.order(Fault("twilio", 0, after_accept=True))
        await world.say(RESOLUTION, story.case_id, story.reply("once"))
        sent = (await world.hear(story.case_id, out.ContactSent, 2))[1]
        found = [one for one in world.provider.ledger.find(to=story.party.value) if one.text == "once"]
        assert [one.message_id for one in found] == [sent.provider_message_id]


async def test_a_mail_sent_again_is_the_same_mail(run: Run) -> None:
    story = Story()
    async with run() as world:
        await begin(world, story)
        world.provider.order(Fault("smtp", 451, after_accept=True))
        await world.say(RESOLUTION, story.case_id, story.reply("mended"))
        await world.hear(story.case_id, out.ContactSent, 2)
        mails = [one for one in world.provider.ledger.find(to="ana@home.example") if "mended" in one.text]
        assert len(mails) == 2
        assert len({one.message_id for one in mails}) == 1


async def test_what_a_provider_refuses_fails_visibly(run: Run) -> None:
    story = Story()
    async with run() as world:
        await begin(world, story)
        world.provider.order(Fault("smtp", 550))
        await world.say(RESOLUTION, story.case_id, story.reply())
        (failed,) = await world.hear(story.case_id, out.ContactFailed)
        assert (failed.error_class, failed.reason) == ("rejected", "smtp_550")


async def test_a_failed_receipt_is_a_bounce(run: Run) -> None:
    story = by_sms()
    async with run() as world:
        await begin(world, story)
        await world.say(RESOLUTION, story.case_id, story.reply())
        sent = (await world.hear(story.case_id, out.ContactSent, 2))[1]
        failed = intake.DeliveryReceiptReceived.OUTCOME_FAILED
        await world.say(RECEIPTS, "x", story.receipt(sent.provider_message_id, outcome=failed))
        (contact,) = await world.hear(story.case_id, out.ContactFailed)
        assert contact.error_class == "bounced"
        assert await world.said(story.case_id, out.ClockMet) == []


async def test_a_reply_nobody_can_deliver_fails_at_once(run: Run) -> None:
    story = Story()
    story.party.kind, story.party.value = "crm", "4711"
    story.channel = 11
    async with run() as world:
        await world.say(RESOLUTION, story.case_id, story.opened(), story.reply())
        (failed,) = await world.hear(story.case_id, out.ContactFailed)
        assert failed.reason == "no_way_to_reach_the_customer"


async def test_replies_of_one_case_arrive_in_the_order_they_were_written(run: Run) -> None:
    story = by_whatsapp()
    async with run() as world:
        world.provider.order(Fault("whatsapp", 503))
        replies = [story.reply(f"part {number}") for number in range(8)]
        await world.say(RESOLUTION, story.case_id, *replies)
        found = await sent_to(world, "351910000002", 8)
        assert [one.text for one in found] == [f"part {number}" for number in range(8)]


async def test_the_same_reply_delivered_twice_by_kafka_is_sent_once(run: Run) -> None:
    story, other = by_sms(), by_sms()
    other.party.value = "+351910000009"
    async with run() as world:
        reply = story.reply("once")
        await world.say(RESOLUTION, story.case_id, reply, reply)
        await world.say(RESOLUTION, other.case_id, other.reply("other"))
        await sent_to(world, other.party.value)
        await world.hear(story.case_id, out.ContactSent)
        assert len(world.provider.ledger.find(to=story.party.value)) == 1


async def test_a_sender_that_died_with_the_message_out_does_not_send_it_again(run: Run) -> None:
    """The state a crash between hand-over and commit leaves: claimed, its lease run out, the message out."""
    story = by_sms()
    async with run(without=("outbox",)) as world:
        await world.say(RESOLUTION, story.case_id, story.reply("once"))
        await wait_for(lambda: world.rows("select 1 from contact"), what="the queued reply")
        await world.rows("update contact set state = 'sending', attempt = 1, not_before = now() returning 1")
        await world.provider.ledger.add(
            "twilio", "SMcrash", account="AC1", sender=story.account, to=story.party.value, text="once"
        )
    async with run() as world:
        (sent,) = await world.hear(story.case_id, out.ContactSent)
        assert (sent.provider_message_id, sent.attempt) == ("SMcrash", 2)
        assert len(world.provider.ledger.find(to=story.party.value)) == 1


PARTS = ["First. " * 500, "Second. " * 500, "Third. " * 500]
LONG = "\n\n".join(part.strip() for part in PARTS)


async def test_a_message_too_long_for_its_channel_is_one_message_in_parts(run: Run) -> None:
    story = by_telegram()
    async with run() as world:
        await world.say(RESOLUTION, story.case_id, story.reply(LONG))
        sent = await world.hear(story.case_id, out.ContactSent)
        taken = world.provider.ledger.find(to=story.party.value)
        assert [one.text for one in taken] == LONG.split("\n\n")
        assert len(sent) == len(await world.said(story.case_id, out.ContactDelivered)) == 1
        assert sent[0].provider_message_id.endswith(f"/{taken[-1].message_id}")


async def test_an_attempt_after_a_failure_or_a_death_begins_behind_the_parts_that_are_out(run: Run) -> None:
    story = by_telegram()
    async with run(without=("outbox",)) as world:
        await world.say(RESOLUTION, story.case_id, story.reply(LONG))
        await wait_for(lambda: world.rows("select 1 from contact"), what="the queued reply")
        await world.rows(
            "update contact set state = 'sending', attempt = 1, parts_out = 1, not_before = now() returning 1"
        )
        world.provider.order(Fault("telegram", 429))
    async with run() as world:
        (sent,) = await world.hear(story.case_id, out.ContactSent)
        assert sent.attempt == 3
        taken = [one.text for one in world.provider.ledger.find(to=story.party.value)]
        assert taken == LONG.split("\n\n")[1:]
