"""Addresses that bounced are left alone until somebody confirms them, and windows that closed are kept."""

from __future__ import annotations

from amends.common.v1 import common_pb2
from amends.followup.v1 import events_pb2 as out
from amends.followup.v1 import service_pb2 as pb
from amends.intake.v1 import events_pb2 as intake

from services.chassis.testing.waiting import wait_for
from tests.integration.followup.conftest import Run
from tests.integration.followup.test_deadlines import client
from tests.integration.followup.world import (
    INTAKE,
    RECEIPTS,
    RESOLUTION,
    Story,
    World,
    by_messenger,
    by_whatsapp,
)


async def bounce(world: World, story: Story, number: int) -> out.ContactFailed:
    """The reply is sent and, later, comes back: no such mailbox."""
    await world.say(RESOLUTION, story.case_id, story.reply(f"word {number}"))
    sent = (await world.hear(story.case_id, out.ContactDelivered, number))[-1]
    of = next(
        one for one in await world.said(story.case_id, out.ContactSent) if one.contact_id == sent.contact_id
    )
    receipt = story.receipt(of.provider_message_id, outcome=intake.DeliveryReceiptReceived.OUTCOME_FAILED)
    receipt.reason = "5.1.1"
    failed = len(await world.said(story.case_id, out.ContactFailed))
    await world.say(RECEIPTS, of.provider_message_id, receipt)
    return (await world.hear(story.case_id, out.ContactFailed, failed + 1))[-1]


async def test_an_address_that_bounced_is_not_written_to_until_somebody_confirms_it_or_writes_from_it(
    run: Run,
) -> None:
    story, other = Story(), Story()
    async with run() as world, client(world) as followup:
        await world.say(INTAKE, story.case_id, story.complaint(suppressed_reason="imported"))
        bounced = await bounce(world, story, 1)
        assert (bounced.error_class, bounced.address_barred) == ("bounced", True)
        await world.say(RESOLUTION, other.case_id, other.reply("kept back"))
        (refused,) = await world.hear(other.case_id, out.ContactFailed)
        assert (refused.reason, refused.address_barred) == ("address_barred", True)
        assert len(world.provider.ledger.find(to=story.party.value)) == 1
        listed = await followup.ListContacts(pb.ListContactsRequest(case_id=other.case_id))
        assert [(one.state, one.reason) for one in listed.contacts] == [("failed", "address_barred")]
        planned = await followup.SuggestAttempt(pb.SuggestAttemptRequest(case_id=story.case_id))
        assert planned.because == "no_address"
        asked = pb.ConfirmAddressRequest(case_id=story.case_id, contact_id=bounced.contact_id)
        assert (await followup.ConfirmAddress(asked)).was_barred
        planned = await followup.SuggestAttempt(pb.SuggestAttemptRequest(case_id=story.case_id))
        assert planned.channel == common_pb2.CHANNEL_EMAIL
        assert not (await followup.ConfirmAddress(asked)).was_barred
        assert (await bounce(world, story, 2)).address_barred
        await world.say(INTAKE, story.case_id, story.customer_says("I am still here"))
        await world.say(RESOLUTION, story.case_id, story.reply("word 3"))
        await world.hear(story.case_id, out.ContactDelivered, 3)


async def test_after_its_window_a_message_goes_as_a_template_or_by_a_person_or_not_at_all(run: Run) -> None:
    whatsapp, messenger = by_whatsapp(), by_messenger()
    silent = "update reach set wrote_at = wrote_at - make_interval(hours => $1) returning 1"
    async with run(whatsapp_template="case_news/en") as world:
        for story in (whatsapp, messenger):
            await world.say(INTAKE, story.case_id, story.complaint())
        await wait_for(lambda: _known(world, 2), what="the customers' words")
        await world.rows(silent, 25)
        for story in (whatsapp, messenger):
            await world.say(RESOLUTION, story.case_id, story.reply("We have\nnews."))
            await world.hear(story.case_id, out.ContactSent)
        (template,) = world.provider.ledger.find(provider="whatsapp")
        assert (template.text, template.details["template"]) == ("We have news.", "case_news")
        (tagged,) = world.provider.ledger.find(provider="messenger")
        assert tagged.details == {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
        await world.rows(silent, 200)
        await world.say(RESOLUTION, messenger.case_id, messenger.reply("too late"))
        (failed,) = await world.hear(messenger.case_id, out.ContactFailed)
        assert (failed.error_class, failed.reason) == ("blocked", "outside_the_window")
        assert not failed.address_barred


async def _known(world: World, count: int) -> bool:
    return len(await world.rows("select 1 from reach")) == count
