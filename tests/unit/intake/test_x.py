"""X: the challenge, whose words count, and who may post."""

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
from tests.unit.intake.messaging import any_json, posted, sample

ACCOUNT = "173205080756887"
HOOK = HOOKS["x"]


def signed(secret: str, body: bytes) -> str:
    return "sha256=" + base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def activity(body: bytes, secret: str = "old", *kept: str) -> Request:  # noqa: S107 - made up
    secrets = [Secret("consumer_secret", one) for one in kept or ("new", "old")]
    return posted("x", body, ACCOUNT, secrets, {"x-twitter-webhooks-signature": signed(secret, body)})


def test_a_direct_message_is_a_word_by_name_and_our_own_is_left_out() -> None:
    (word,) = HOOK.read(activity(sample("x-messages.json"))).items
    assert isinstance(word, CustomerWord)
    assert word.parties[0].identity == ("x", "55")
    assert (word.first_name, word.provider_message_id) == ("Lena", "1954948849999999001")
    assert word.occurred_at == datetime(2026, 11, 22, 9, 58, 0, 250_000, tzinfo=UTC)
    assert [one.media_type for one in word.attachments] == ["photo"]


def test_of_posts_only_another_persons_that_names_us_and_is_no_repost_is_a_word() -> None:
    (word,) = HOOK.read(activity(sample("x-mentions.json"))).items
    assert isinstance(word, CustomerWord)
    assert (word.parties[0].value, word.text) == ("56", "@harbourcare third missed delivery")
    assert word.occurred_at == datetime(2026, 11, 22, 9, 58, tzinfo=UTC)


def test_a_long_post_is_read_whole_and_an_answer_to_ours_needs_no_mention() -> None:
    told = json.loads(sample("x-mentions.json"))
    (post, *_) = told["tweet_create_events"]
    post |= {
        "entities": {},
        "in_reply_to_user_id_str": ACCOUNT,
        "in_reply_to_status_id_str": "9",
        "extended_tweet": {"full_text": "third missed delivery, and nobody rang"},
    }
    told["tweet_create_events"] = [post]
    (word,) = HOOK.read(activity(json.dumps(told).encode())).items
    assert isinstance(word, CustomerWord)
    assert (word.text, word.parent_id) == ("third missed delivery, and nobody rang", "9")


def test_that_ours_was_read_is_a_receipt_and_a_like_is_kept_raw() -> None:
    (receipt,) = HOOK.read(activity(sample("x-read.json"))).items
    assert isinstance(receipt, Receipt)
    assert (receipt.outcome, receipt.provider_message_id) == (ReceiptOutcome.READ, "1954948849999999099")
    like = json.dumps({"for_user_id": ACCOUNT, "favorite_events": [{"id": "1"}]}).encode()
    assert isinstance(HOOK.read(activity(like)).items[0], Unrecognised)


def test_activity_of_an_account_nobody_registered_is_refused() -> None:
    reading = HOOK.read(activity(sample("x-read.json").replace(ACCOUNT.encode(), b"1")))
    assert [one.code for one in reading.refusals] == ["unknown_account"]


def test_the_challenge_is_answered_by_the_newest_secret_and_by_nobody_without_one() -> None:
    assert HOOK.handshake is not None
    asked = replace(activity(b""), query={"crc_token": "challenge_string"})
    answer = HOOK.handshake(asked)
    assert (answer.status, answer.media_type) == (200, "application/json")
    assert json.loads(answer.body) == {"response_token": signed("new", b"challenge_string")}
    for wrong in (
        replace(asked, query={}),
        replace(asked, query={"crc_token": "x" * 501}),
        replace(posted("x", b"", ACCOUNT), query={"crc_token": "challenge_string"}),
    ):
        assert HOOK.handshake(wrong).status == 403


def test_either_secret_signs_the_raw_bytes_while_one_is_exchanged_and_no_other() -> None:
    for secret in ("new", "old"):
        HOOK.check(activity(b'{"a": 1}', secret))
    for wrong in (
        activity(b"{}", "other"),
        activity(b"{}", "", ""),
        replace(activity(b"{}"), body=b"{} "),
        replace(activity(b"{}"), headers={"x-twitter-webhooks-signature": signed("old", b"{}")[7:]}),
        posted("x", b"{}", ACCOUNT, [Secret("consumer_secret", "old")]),
    ):
        with pytest.raises(BadSignature):
            HOOK.check(wrong)


NAMES = [
    *("for_user_id", "direct_message_events", "message_create", "sender_id", "id", "message_data", "text"),
    *("tweet_create_events", "user", "id_str", "entities", "user_mentions", "extended_tweet", "created_at"),
    *(
        "users",
        "attachment",
        "media",
        "direct_message_mark_read_events",
        "last_read_event_id",
        "timestamp_ms",
    ),
]


@given(any_json(NAMES, [ACCOUNT, "55", "Sun Nov 22 09:58:00 +0000 2026", "Mon Jan 01 00:00:00 +0000 0001"]))
def test_any_json_is_read_or_refused(payload: Any) -> None:
    try:
        reading = HOOK.read(activity(json.dumps(payload).encode()))
        assert reading.items or reading.refusals
    except IntakeError:
        return
