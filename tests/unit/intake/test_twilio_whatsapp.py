"""WhatsApp through Twilio's message hooks: who wrote, to which sender of ours, and what became of ours."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.adapters.channels.hooks import Request
from services.intake.adapters.channels.registry import HOOKS
from services.intake.domain.errors import IntakeError, UnknownAccount
from services.intake.domain.records import Channel, CustomerWord, Receipt, ReceiptOutcome
from tests.unit.intake.corpora import corpus
from tests.unit.intake.messaging import posted, sample

SENDER = "whatsapp:+442079460103"
FORM = "application/x-www-form-urlencoded"
SAID = dict(parse_qsl(sample("twilio-whatsapp.form").decode()))


def form(path: str, fields: dict[str, str], sender: str = SENDER) -> Request:
    body = urlencode(fields, errors="surrogatepass").encode()
    return replace(posted(path, body, sender, headers={"content-type": FORM}))


def word(**changed: str) -> CustomerWord:
    (found,) = HOOKS["twilio/sms"].read(form("twilio/sms", SAID | changed)).items
    assert isinstance(found, CustomerWord)
    return found


def test_a_message_is_whatsapps_and_its_writer_is_who_calls_from_that_number() -> None:
    said = word()
    assert (said.source.channel, said.source.account, said.source.provider) == (
        Channel.WHATSAPP,
        SENDER,
        "twilio",
    )
    assert [party.identity for party in said.parties] == [
        ("phone", "+447700900301"),
        ("handle", "GB.13491208655302741918"),
    ]
    assert (said.first_name, said.category) == ("Bruna", "damage")
    assert said.occurred_at is None


@pytest.mark.parametrize(
    ("changed", "identity"),
    [
        ({"From": "whatsapp:GB.134", "WaId": "", "ExternalUserId": "GB.134"}, ("handle", "GB.134")),
        ({"From": "whatsapp:GB.134", "WaId": "", "ExternalUserId": ""}, ("handle", "GB.134")),
        ({"From": "whatsapp:GB.134", "ExternalUserId": ""}, ("phone", "+447700900301")),
    ],
)
def test_who_hides_the_number_is_known_by_the_user_id(
    changed: dict[str, str], identity: tuple[str, str]
) -> None:
    assert word(**changed).parties[0].identity == identity


def test_a_button_and_a_place_are_words_too() -> None:
    assert word(Body="", ButtonText="Not solved").text == "Not solved"
    assert word(Body="", Latitude="51.5", Longitude="-0.1").text == "51.5, -0.1"


def test_a_sender_nobody_registered_is_unknown() -> None:
    with pytest.raises(UnknownAccount):
        HOOKS["twilio/sms"].read(form("twilio/sms", SAID, "whatsapp:+442079460999"))


def test_real_payloads_are_read_as_words_and_receipts() -> None:
    read: list[Any] = []
    files = corpus("webhooks/twilio_whatsapp", "*.json")
    for file in files:
        told = json.loads(file.read_bytes())
        fields = {name[0].upper() + name[1:]: value for name, value in told.items()}
        path = "twilio/sms/status" if "MessageStatus" in fields else "twilio/sms"
        read += HOOKS[path].read(form(path, fields, fields["To"])).items
    if files:
        assert sorted(one.outcome for one in read if isinstance(one, Receipt)) == [
            ReceiptOutcome.SENT,
            ReceiptOutcome.DELIVERED,
            ReceiptOutcome.READ,
        ]
        assert {one.source.channel for one in read} == {Channel.WHATSAPP}
        assert sum(isinstance(one, CustomerWord) for one in read) == 2


NAMES = [
    "From",
    "To",
    "WaId",
    "ExternalUserId",
    "ProfileName",
    "MessageSid",
    "Body",
    "ButtonText",
    "Latitude",
]
LIKELY = [SENDER, "whatsapp:", "whatsapp:+447700900301", "whatsapp:\x00"]


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=40) | st.sampled_from(LIKELY), max_size=9))
def test_any_form_is_read_or_refused(fields: dict[str, str]) -> None:
    for path in ("twilio/sms", "twilio/sms/status"):
        try:
            assert HOOKS[path].read(form(path, {"To": SENDER} | fields)).items
        except IntakeError:
            continue
