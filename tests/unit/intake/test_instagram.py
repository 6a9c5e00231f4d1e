"""Instagram's direct messages: Messenger's shape, their own account, party and receipts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given

from services.intake.adapters.channels.registry import HOOKS
from services.intake.domain.errors import IntakeError
from services.intake.domain.records import Channel, CustomerWord, Receipt, ReceiptOutcome, Unrecognised
from tests.unit.intake.corpora import corpus
from tests.unit.intake.messaging import any_json, posted, read

ACCOUNT = "141421356237309"


def test_a_direct_message_is_a_customers_word_and_one_taken_back_is_kept_raw() -> None:
    word, taken_back = read("instagram", "instagram-text.json", ACCOUNT)
    assert isinstance(word, CustomerWord)
    assert word.parties[0].identity == ("instagram", "8801")
    assert (word.source.channel, word.source.account) == (Channel.INSTAGRAM, ACCOUNT)
    assert word.occurred_at == datetime(2026, 11, 22, 9, 58, 0, 250_000, tzinfo=UTC)
    assert [one.media_type for one in word.attachments] == ["image"]
    assert isinstance(taken_back, Unrecognised)


def test_that_a_message_was_seen_is_a_receipt() -> None:
    (receipt,) = read("instagram", "instagram-seen.json", ACCOUNT)
    assert isinstance(receipt, Receipt)
    assert (receipt.provider_message_id, receipt.outcome) == ("aWdfours", ReceiptOutcome.READ)


def test_messengers_payloads_of_the_corpora_read_the_same_on_instagram() -> None:
    for file in corpus("webhooks/messenger_bottender", "*.json"):
        event: dict[str, Any] = json.loads(file.read_bytes()) | {"recipient": {"id": ACCOUNT}}
        body = json.dumps({"entry": [{"messaging": [event]}]}).encode()
        kinds = [
            [type(item) for item in HOOKS[path].read(posted(path, body, ACCOUNT)).items]
            for path in ("messenger", "instagram")
        ]
        assert kinds[0] == kinds[1] != []


@given(
    any_json(
        [
            "entry",
            "messaging",
            "message",
            "mid",
            "text",
            "sender",
            "recipient",
            "id",
            "read",
            "delivery",
            "mids",
        ],
        [ACCOUNT],
    )
)
def test_any_json_is_read_or_refused(payload: Any) -> None:
    try:
        assert HOOKS["instagram"].read(posted("instagram", json.dumps(payload).encode(), ACCOUNT))
    except IntakeError:
        return
