"""Senders of messaging channels against the recording provider, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import aiohttp
import pytest_asyncio

from services.followup.app.ports import Sender
from services.followup.bootstrap import office_from, senders
from services.followup.config import Settings
from services.followup.domain.contact import (
    REPLY,
    Contact,
    HandedOver,
    PartOut,
    Refused,
    Throttled,
    TryAgain,
    Unseen,
)
from services.followup.domain.words import Channel, Via
from services.standalone.provider import Fault, Provider
from tests.integration.followup.conftest import TOKEN

Senders = dict[Via, Sender]


@pytest_asyncio.fixture
async def sending(listening: Provider) -> AsyncIterator[Senders]:
    """Every sender, as follow-up is configured with the provider in the place of the real ones."""
    settings = Settings(
        thread_secret="s",
        meta_access_token="recorded",
        twilio_url=listening.url,
        twilio_account_sid="AC1",
        twilio_auth_token=TOKEN,
        instagram_url=listening.url,
        instagram_tokens=("1414:recorded", "1732:wrong"),
        x_url=listening.url,
        x_consumer_key="recorded",
        x_consumer_secret="recorded",
        x_access_token="1732-recorded",
        x_access_secret="recorded",
        line_url=listening.url,
        line_tokens=("U1:recorded",),
        viber_url=listening.url,
        viber_tokens=("harbour:recorded", "other:wrong"),
        telegram_url=listening.url,
        telegram_tokens=("1618:recorded", "1732:wrong"),
    )
    async with aiohttp.ClientSession() as session:
        yield dict(senders(settings, session, office_from(settings)))


def contact(via: Via, account: str, to: str, channel: Channel = Channel.API, **more: object) -> Contact:
    said = Contact(
        contact_id="0193a5e4-7b1c-7000-8000-000000000001",
        tenant_id="acme",
        case_id="0193a5e4-7b1c-7000-8000-000000000002",
        kind=REPLY,
        human=True,
        channel=channel,
        via=via,
        account=account,
        party_value=to,
        party_name="Ana Lima",
        subject="",
        text="I am sorry, Ana.",
        in_reply_to="",
        thread_key="",
        author="Maria",
        queued_at=datetime.now(UTC),
    )
    return replace(said, **more)  # type: ignore[arg-type]


async def test_instagram_takes_a_message_for_the_account_it_was_written_to(
    sending: Senders, listening: Provider
) -> None:
    sender = sending[Via.INSTAGRAM]
    outcome = await sender.send(contact(Via.INSTAGRAM, "1414", "8801"))
    (message,) = listening.ledger.find(provider="instagram")
    assert isinstance(outcome, HandedOver)
    # Meta reports no deliveries on Instagram, so the hand-over counts (rule 7).
    assert (outcome.provider_message_id, outcome.final) == (message.message_id, True)
    assert (message.account, message.to, message.text) == ("1414", "8801", "I am sorry, Ana.")
    assert isinstance(await sender.send(contact(Via.INSTAGRAM, "1732", "8801")), TryAgain)
    assert await sender.send(contact(Via.INSTAGRAM, "99", "8801")) == TryAgain("no_token_for_the_account")
    assert isinstance(await sender.send(contact(Via.INSTAGRAM, "", "8801", text="")), Refused)
    listening.order(Fault("instagram", 503))
    again = await sender.send(contact(Via.INSTAGRAM, "1414", "8801"))
    assert again == Unseen("status_503")


async def test_instagram_takes_a_long_text_in_parts_of_a_thousand_bytes(
    sending: Senders, listening: Provider
) -> None:
    text = "ä" * 499 + " " + "ö" * 300
    long = contact(Via.INSTAGRAM, "1414", "8801", text=text)
    assert await sending[Via.INSTAGRAM].send(long) == PartOut()
    last = await sending[Via.INSTAGRAM].send(replace(long, parts_out=1))
    assert isinstance(last, HandedOver)
    taken = listening.ledger.find(provider="instagram")
    assert [one.text for one in taken] == text.split(" ")
    assert last.provider_message_id == taken[-1].message_id


async def test_telegram_answers_the_customers_message_in_the_name_it_was_written_to(
    sending: Senders, listening: Provider
) -> None:
    sender = sending[Via.TELEGRAM]
    answer = contact(Via.TELEGRAM, "1618", "427", in_reply_to="1618/427/230/Zx3c_1")
    outcome = await sender.send(answer)
    assert isinstance(outcome, HandedOver)
    (message,) = listening.ledger.find(provider="telegram")
    assert (outcome.provider_message_id, outcome.final) == (f"1618/427/{message.message_id}", True)
    assert json.loads(message.details["reply_parameters"])["message_id"] == 230
    assert json.loads(message.details["business_connection_id"]) == "Zx3c_1"
    await sender.send(contact(Via.TELEGRAM, "", "427", in_reply_to="mail@home.example"))
    assert listening.ledger.find(provider="telegram")[1].details == {}


async def test_telegram_is_asked_again_unless_the_customer_blocked_us_or_the_text_is_none(
    sending: Senders, listening: Provider
) -> None:
    sender, said = sending[Via.TELEGRAM], contact(Via.TELEGRAM, "1618", "427")
    for fault, outcome in (
        (Fault("telegram", 403), Refused("blocked", "status_403")),
        (Fault("telegram", 404), TryAgain("status_404")),
        (Fault("telegram", 429, retry_after=7), Throttled("status_429", 7.0)),
        (Fault("telegram", 502), Unseen("status_502")),
    ):
        listening.order(fault)
        assert await sender.send(said) == outcome
    assert await sender.send(replace(said, account="1732")) == TryAgain("status_401")
    assert await sender.send(replace(said, text="")) == Refused("rejected", "status_400")


async def test_twilio_answers_on_whatsapp_who_wrote_on_whatsapp_and_finds_it_again(
    sending: Senders, listening: Provider
) -> None:
    said = contact(Via.TWILIO, "whatsapp:+442079460103", "+447700900301", Channel.WHATSAPP)
    outcome = await sending[Via.TWILIO].send(said)
    (message,) = listening.ledger.find(provider="twilio")
    assert isinstance(outcome, HandedOver)
    # Twilio reports deliveries, so the hand-over is not yet one.
    assert not outcome.final
    assert (message.sender, message.to) == ("whatsapp:+442079460103", "whatsapp:+447700900301")
    assert await sending[Via.TWILIO].find(said) == message.message_id


async def test_line_takes_a_message_once_however_often_it_is_pushed(
    sending: Senders, listening: Provider
) -> None:
    sender, said = sending[Via.LINE], contact(Via.LINE, "U1", "U8189")
    listening.order(Fault("line", 500, after_accept=True))
    assert await sender.send(said) == Unseen("status_500")
    outcome = await sender.send(said)
    (message,) = listening.ledger.find(provider="line")
    assert isinstance(outcome, HandedOver)
    assert (outcome.provider_message_id, outcome.final) == (message.message_id, True)
    assert message.text == "I am sorry, Ana."
    assert await sender.send(replace(said, text="", contact_id="2")) == Refused("rejected", "status_400")
    assert await sender.send(replace(said, account="U2")) == TryAgain("no_token_for_the_account")


async def test_viber_says_in_its_answer_what_came_of_a_message(sending: Senders, listening: Provider) -> None:
    sender, said = sending[Via.VIBER], contact(Via.VIBER, "harbour", "01234567890A=")
    outcome = await sender.send(said)
    (message,) = listening.ledger.find(provider="viber")
    assert isinstance(outcome, HandedOver)
    # Viber reports deliveries, so the hand-over is not yet one.
    assert (outcome.provider_message_id, outcome.final) == (message.message_id, False)
    assert message.sender == "Maria"
    for status, expected in (
        (6, Refused("blocked", "status_200 viber_6")),
        (11, Refused("bounced", "status_200 viber_11")),
        (12, Throttled("status_200 viber_12")),
    ):
        listening.order(Fault("viber", status))
        assert await sender.send(said) == expected
    assert await sender.send(replace(said, account="other")) == TryAgain("status_200 viber_2")


async def test_x_takes_a_direct_message_and_says_who_takes_none(
    sending: Senders, listening: Provider
) -> None:
    sender, said = sending[Via.X], contact(Via.X, "1732", "55")
    outcome = await sender.send(said)
    (message,) = listening.ledger.find(provider="x")
    assert isinstance(outcome, HandedOver)
    assert (outcome.provider_message_id, outcome.final) == (message.message_id, True)
    assert (message.to, message.text) == ("55", "I am sorry, Ana.")
    listening.order(Fault("x", 403))
    assert await sender.send(said) == Refused("blocked", "status_403")
    listening.order(Fault("x", 429))
    assert await sender.send(said) == Throttled("status_429")
    assert await sender.send(replace(said, account="55")) == TryAgain("no_token_for_the_account")
    assert await sender.send(replace(said, text="")) == Refused("rejected", "status_400")
