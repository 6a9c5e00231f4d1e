"""LINE and Viber: what is a word, what a receipt, and who may post."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from services.intake.adapters.accounts import Secret
from services.intake.adapters.channels.hooks import Request
from services.intake.adapters.channels.registry import HOOKS
from services.intake.domain.errors import BadSignature, IntakeError
from services.intake.domain.records import CustomerWord, Receipt, ReceiptOutcome, Unrecognised
from tests.unit.intake.corpora import corpus
from tests.unit.intake.messaging import any_json, posted, sample, spelt

LINE = "U206d25c2ea6bd87c17655609a1c37cb8"
AT = datetime(2026, 11, 22, 9, 58, 0, 250_000, tzinfo=UTC)


def line(body: bytes, secret: str = "old", *kept: str) -> Request:  # noqa: S107 - made up
    digest = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    secrets = [Secret("channel_secret", one) for one in kept or ("new", "old")]
    return posted("line", body, LINE, secrets, {"x-line-signature": digest})


def viber(body: bytes, secret: str = "old", *kept: str) -> Request:  # noqa: S107 - made up
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    secrets = [Secret("auth_token", one) for one in kept or ("new", "old")]
    return posted("viber", body, "harbour", secrets, {"x-viber-content-signature": digest})


SIGNED = {"line": line, "viber": viber}


def test_of_lines_events_a_users_messages_and_postbacks_are_words() -> None:
    text, picture, follow, group, postback = HOOKS["line"].read(line(sample("line-events.json"))).items
    assert isinstance(text, CustomerWord)
    assert text.parties[0].identity == ("line", "U8189cf6745fc0d808977bdb0b9f22995")
    assert (text.provider_message_id, text.parent_id) == ("44354723400000", "468789532432007169")
    assert (text.source.event_id, text.occurred_at) == ("01K9WEBHOOK1", AT)
    assert isinstance(picture, CustomerWord)
    assert [(one.name, one.media_type) for one in picture.attachments] == [("44354723400001", "image")]
    assert isinstance(follow, Unrecognised)
    assert isinstance(group, Unrecognised)
    assert isinstance(postback, CustomerWord)
    assert postback.text == "complain"


def test_an_account_that_line_names_and_nobody_registered_is_refused() -> None:
    body = sample("line-events.json").replace(LINE.encode(), b"Uother")
    reading = HOOKS["line"].read(line(body))
    assert [one.code for one in reading.refusals] == ["unknown_account"]
    assert reading.items == ()


def test_what_another_system_answers_and_line_trying_out_the_address_are_kept_raw() -> None:
    standby = json.loads(sample("line-events.json"))
    standby["events"] = [standby["events"][0] | {"mode": "standby"}]
    for told in (standby, standby | {"events": []}):
        (item,) = HOOKS["line"].read(line(json.dumps(told).encode())).items
        assert isinstance(item, Unrecognised)


def test_a_viber_message_is_a_word_by_name_and_its_picture_stays_there() -> None:
    (word,) = HOOKS["viber"].read(viber(sample("viber-text.json"))).items
    assert isinstance(word, CustomerWord)
    assert word.parties[0].identity == ("viber", "01234567890A=")
    assert (word.first_name, word.provider_message_id) == ("Mira", "4912661846655238145")
    assert (word.source.account, word.occurred_at) == ("harbour", AT)
    assert [(one.name, one.media_type) for one in word.attachments] == [("seat.jpg", "picture")]


def test_viber_tells_what_became_of_ours() -> None:
    told = [
        HOOKS["viber"].read(viber(sample(f"viber-{one}.json"))).items[0] for one in ("delivered", "failed")
    ]
    assert all(isinstance(one, Receipt) for one in told)
    assert [getattr(one, "outcome") for one in told] == [ReceiptOutcome.DELIVERED, ReceiptOutcome.FAILED]  # noqa: B009
    assert len({one.source.event_id for one in told}) == 2


@pytest.mark.parametrize("path", ["line", "viber"])
def test_either_secret_signs_the_raw_bytes_while_one_is_exchanged_and_no_other(path: str) -> None:
    signed, check = SIGNED[path], HOOKS[path].check
    for secret in ("new", "old"):
        check(signed(b'{"a": 1}', secret))
    for wrong in (
        signed(b"{}", "other"),
        posted(path, b"{}", LINE),
        signed(b"{}", "", ""),
        replace(signed(b"{}"), body=b"{} "),
    ):
        with pytest.raises(BadSignature):
            check(wrong)


def test_lines_events_of_the_corpora_go_through() -> None:
    words = 0
    files = corpus("webhooks/line_bottender", "*.json")
    for number, file in enumerate(files):
        event = json.loads(file.read_bytes()) | {"webhookEventId": str(number)}
        body = json.dumps({"destination": LINE, "events": [event]}).encode()
        (item,) = HOOKS["line"].read(line(body)).items
        words += isinstance(item, CustomerWord)
    assert words >= (8 if files else 0)


def test_vibers_events_of_the_corpora_go_through() -> None:
    kinds: list[type[Any]] = []
    files = corpus("webhooks/viber_bottender", "*.json")
    for file in files:
        body = json.dumps(spelt(json.loads(file.read_bytes()))).encode()
        kinds += [type(item) for item in HOOKS["viber"].read(viber(body)).items]
    if files:
        assert kinds.count(Receipt) == 3
        assert kinds.count(CustomerWord) == 8


NAMES = [
    *(
        "destination",
        "events",
        "webhookEventId",
        "source",
        "type",
        "userId",
        "message",
        "id",
        "text",
        "postback",
    ),
    *(
        "data",
        "fileSize",
        "event",
        "message_token",
        "sender",
        "media",
        "contact",
        "phone_number",
        "timestamp",
    ),
]


@given(any_json(NAMES, [LINE, "user", "message", "delivered", "file", 7]))
def test_any_json_is_read_or_refused(payload: Any) -> None:
    for path, signed in SIGNED.items():
        try:
            reading = HOOKS[path].read(signed(json.dumps(payload).encode()))
            assert reading.items or reading.refusals
        except IntakeError:
            continue
