"""Postmark: raw and parsed mail, who may post it, and where a reply leads."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.adapters.accounts import Secret
from services.intake.adapters.channels.hooks import Request
from services.intake.adapters.channels.registry import HOOKS
from services.intake.domain.errors import BadSignature, IntakeError, Malformed, UnknownAccount
from tests.unit.intake.corpora import SAMPLES, corpus
from tests.unit.intake.posting import CASE, body_of, items, posted, reply_address

SECRETS = [Secret("basic", "postmark:new password"), Secret("basic", "postmark:old password")]


def basic(credentials: str) -> dict[str, str]:
    return {"authorization": f"Basic {b64encode(credentials.encode()).decode()}"}


def inbound(**fields: Any) -> Request:
    return posted("postmark", json.dumps(fields).encode(), basic("postmark:new password"), SECRETS)


def test_a_parsed_mail_keeps_its_thread_its_text_and_its_files() -> None:
    body, _ = body_of("postmark-inbound.json")
    (word,) = items("postmark", posted("postmark", body, basic("postmark:old password"), SECRETS))
    assert (word.subject, word.parent_id) == ("Re: Your refund", "<refund-1@obi.example>")
    assert word.text_stripped == "Still no refund."
    assert "> It is on its way." in word.text
    assert word.occurred_at == datetime(2026, 11, 22, 9, 57, tzinfo=UTC)
    assert word.source.account == "care@harbour.example"
    assert word.source.event_id == "73e6d360-66eb-11e1-8e72-a8904824019b"
    assert [(one.name, one.data) for one in word.attachments] == [("bank statement.txt", b"0.00")]


def test_a_raw_mail_is_read_as_by_smtp() -> None:
    raw = (SAMPLES / "mail" / "plain.eml").read_text("utf-8")
    (word,) = items(
        "postmark", inbound(MessageID="1", RawEmail=raw, OriginalRecipient="care@harbour.example")
    )
    assert word.provider_message_id == "<parcel-1@obi.example>"


def test_the_plus_part_that_postmark_tells_apart_leads_to_the_case() -> None:
    plus = reply_address().partition("@")[0].partition("+")[2]
    to = [{"Email": "care@harbour.example"}]
    (word,) = items(
        "postmark",
        inbound(
            MessageID="1", ToFull=to, MailboxHash=plus, OriginalRecipient="hash@in.example", TextBody="Hi"
        ),
    )
    assert [(one.threaded_by, str(one.case_id)) for one in word.pointers] == [("token", CASE)]


def test_a_mail_without_a_return_path_of_its_own_is_an_automatic_one() -> None:
    headers = [{"Name": "Return-Path", "Value": "<>"}]
    (word,) = items(
        "postmark", inbound(MessageID="1", OriginalRecipient="care@harbour.example", Headers=headers)
    )
    assert word.suppressed_reason


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Basic",
        "Basic !!!",
        "Basic " + b64encode(b"postmark:guess").decode(),
        "Bearer postmark:new password",
    ],
)
def test_without_the_password_nothing_is_believed(authorization: str) -> None:
    request = posted("postmark", b"{}", {"authorization": authorization}, SECRETS)
    with pytest.raises(BadSignature):
        HOOKS["postmark"].check(request)


def test_no_refusal_is_answered_403() -> None:
    """It would stop Postmark's retries for good."""
    assert (HOOKS["postmark"].final_status, HOOKS["postmark"].again_status) == (0, 0)


def test_a_mail_to_nobody_of_ours_and_a_post_without_a_mail_are_refused() -> None:
    with pytest.raises(UnknownAccount):
        items("postmark", inbound(MessageID="1", OriginalRecipient="care@elsewhere.example"))
    with pytest.raises(Malformed):
        items("postmark", inbound(RecordType="Open"))


NAMES = [
    *("MessageID", "Headers", "Name", "Value", "RawEmail", "TextBody", "HtmlBody", "Attachments", "Data"),
    *("ToFull", "Email", "OriginalRecipient", "MailboxHash", "FromFull", "From", "ContentType"),
]
JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=20) | st.just("care@harbour.example"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=20,
)


@given(JSON)
def test_any_json_is_read_or_refused(payload: Any) -> None:
    try:
        assert HOOKS["postmark"].read(posted("postmark", json.dumps(payload).encode(), {}, SECRETS)).items
    except IntakeError:
        return


def test_every_inbound_mail_of_the_corpora_is_read() -> None:
    for file in corpus("webhooks/postmark", "*.json"):
        payload = json.loads(file.read_bytes())
        payload["ToFull"] = [*payload.get("ToFull", []), {"Email": "care@harbour.example"}]
        (word,) = items("postmark", inbound(**payload))
        assert word.subject == payload["Subject"]
        assert word.text.strip()
        assert len(word.attachments) == len(payload["Attachments"])
        assert all(one.size_bytes for one in word.attachments), "the bytes come too"
