"""Telegram's updates: who is a customer, what is a word, and who may post."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from services.intake.adapters.accounts import Secret
from services.intake.adapters.channels.registry import HOOKS
from services.intake.domain.errors import BadSignature, IntakeError, Malformed
from services.intake.domain.records import CustomerWord, Unrecognised
from tests.unit.intake.corpora import corpus
from tests.unit.intake.messaging import any_json, posted, sample, spelt

BOT = "161803398"
HOOK = HOOKS["telegram"]
SECRETS = (Secret("secret_token", "new"), Secret("secret_token", "old"))


def update(body: bytes, given: str = "old") -> Any:
    headers = {"x-telegram-bot-api-secret-token": given}
    return posted("telegram", body, BOT, SECRETS, headers)


def read(body: bytes) -> Any:
    (item,) = HOOK.read(update(body)).items
    return item


def test_a_private_message_is_a_customers_word_on_what_it_answers() -> None:
    word = read(sample("telegram-text.json"))
    assert isinstance(word, CustomerWord)
    assert word.parties[0].identity == ("telegram", "427770117")
    assert (word.first_name, word.full_name) == ("Iria", "Iria Castro")
    assert (word.source.account, word.source.event_id) == (BOT, "141921690")
    assert word.provider_message_id == f"{BOT}/427770117/230"
    assert word.parent_id == f"{BOT}/427770117/229"
    assert word.occurred_at == datetime(2026, 11, 22, 9, 58, tzinfo=UTC)


def test_a_correction_is_a_further_word_of_its_own_time_and_keeps_the_largest_photo_with_telegram() -> None:
    word = read(sample("telegram-edited.json"))
    assert word.text == "My bag and the pram never came out"
    assert word.occurred_at == datetime(2026, 11, 22, 9, 58, 30, tzinfo=UTC)
    assert [(one.name, one.size_bytes, one.data) for one in word.attachments] == [("large", 90_000, None)]


def test_a_message_to_a_business_account_names_the_connection_and_its_owner_is_no_customer() -> None:
    assert read(sample("telegram-business.json")).provider_message_id == f"{BOT}/427770117/77/Zx3c_1"
    said = json.loads(sample("telegram-business.json"))
    said["business_message"]["from"]["id"] = 1
    assert isinstance(read(json.dumps(said).encode()), Unrecognised)


def test_a_button_says_what_stands_on_it() -> None:
    word = read(sample("telegram-button.json"))
    assert (word.text, word.parent_id) == ("No, still not", f"{BOT}/427770117/231")
    assert word.occurred_at is None


def test_start_is_not_yet_a_complaint() -> None:
    said = json.loads(sample("telegram-text.json"))
    for text, reason in (("/start", "bot_started"), ("/start ref7", "bot_started"), ("/started late", "")):
        said["message"]["text"] = text
        assert read(json.dumps(said).encode()).suppressed_reason == reason


@pytest.mark.parametrize(("owner", "parties"), [(427770117, 2), (5, 1)])
def test_a_number_is_the_customers_only_when_telegram_says_whose_it_is(owner: int, parties: int) -> None:
    said = json.loads(sample("telegram-text.json"))
    del said["message"]["text"]
    said["message"]["contact"] = {"phone_number": "351910000003", "first_name": "Iria", "user_id": owner}
    word = read(json.dumps(said).encode())
    assert len(word.parties) == parties
    assert word.parties[-1].identity == (
        ("phone", "+351910000003") if parties == 2 else ("telegram", "427770117")
    )


def test_groups_and_bots_are_kept_raw() -> None:
    assert isinstance(read(sample("telegram-group.json")), Unrecognised)
    said = json.loads(sample("telegram-text.json"))
    said["message"]["from"]["is_bot"] = True
    assert isinstance(read(json.dumps(said).encode()), Unrecognised)


def test_either_secret_token_opens_while_one_is_exchanged_and_no_other() -> None:
    for token in ("new", "old"):
        HOOK.check(update(b"{}", token))
    for token in ("", "older", "ol", "é"):
        with pytest.raises(BadSignature):
            HOOK.check(update(b"{}", token))
    with pytest.raises(BadSignature):
        HOOK.check(posted("telegram", b"{}", BOT, (), {"x-telegram-bot-api-secret-token": ""}))


def test_an_update_without_its_number_is_malformed() -> None:
    for body in (b"{}", b"[]", b'{"update_id": true}', b'{"update_id": "7"}'):
        with pytest.raises(Malformed):
            read(body)


def test_updates_of_the_corpora_go_through() -> None:
    """Some of them were written down in another spelling of the names; it is put right first."""
    words = 0
    files = corpus("webhooks/telegram_bottender", "*.json")
    for number, file in enumerate(files):
        found = spelt(json.loads(file.read_bytes())) | {"update_id": number}
        for kind in ("message", "edited_message"):
            if isinstance(found.get(kind), dict):
                found[kind].setdefault("chat", {}).setdefault("id", found[kind].get("from", {}).get("id"))
        words += isinstance(read(json.dumps(found).encode()), CustomerWord)
    assert words >= (10 if files else 0)


NAMES = [
    *("update_id", "message", "edited_message", "callback_query", "from", "chat", "id", "is_bot", "data"),
    *("message_id", "text", "contact", "photo", "location", "latitude", "reply_markup", "inline_keyboard"),
    *("document", "file_id", "file_size", "date", "reply_to_message"),
]


@given(any_json(NAMES, [7]))
def test_any_json_is_read_or_refused(payload: Any) -> None:
    try:
        assert HOOK.read(update(json.dumps(payload).encode()))
    except IntakeError:
        return
