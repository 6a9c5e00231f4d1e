"""Genesys Cloud: who called, who joined, what was said, and what is not ours to take."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.adapters.accounts import Secret
from services.intake.adapters.channels.registry import HOOKS
from services.intake.domain.errors import BadSignature, IntakeError, Malformed, UnknownAccount
from services.intake.domain.records import CustomerWord, SessionStep, Speech, Unrecognised
from tests.unit.intake import phones
from tests.unit.intake.corpora import corpus

ORGANISATION = "3c1b6d8e-0000-4000-8000-0000000000a1"
CONVERSATION = "97b9dcb3-0000-4000-8000-00000000c0de"
ACCOUNT = phones.account(
    "genesys",
    ORGANISATION,
    {"region": "GB", "user:0a9e0000-0000-4000-8000-00000000a9e7": "ruth"},
    (Secret("api_key", "new key"), Secret("api_key", "old key")),
)


def read(body: Any) -> list[Any]:
    return phones.read("genesys", body, ACCOUNT)


def changed(name: str, **body: Any) -> Any:
    event = phones.sample(f"genesys-{name}.json")
    event["detail"]["eventBody"] |= body
    return event


def test_a_customer_who_comes_is_a_live_word_with_genesys_own_time() -> None:
    (word,) = read(phones.sample("genesys-customer-start.json"))
    assert isinstance(word, CustomerWord)
    assert word.parties[0].identity == ("phone", "+447700900403")
    assert (word.live, word.session_id) == (True, CONVERSATION)
    assert word.occurred_at == datetime(2026, 11, 22, 9, 58, 0, 250_000, UTC)


def test_a_person_who_comes_to_the_line_has_joined_under_the_name_the_account_gives() -> None:
    (joined,) = read(phones.sample("genesys-user-start.json"))
    assert (joined.step, joined.employee_id) == (SessionStep.JOINED, "ruth")
    assert (joined.session_ids, joined.may_wait) == ((CONVERSATION,), True)
    (unnamed,) = read(changed("user-start", userId="u-7"))
    assert unnamed.employee_id == "u-7"


def test_the_customers_end_is_the_calls_end() -> None:
    (ended,) = read(phones.sample("genesys-customer-end.json"))
    assert (ended.step, ended.outcome) == (SessionStep.ENDED, "peer")


def test_a_queue_is_nobody_and_a_call_of_our_own_no_complaint() -> None:
    for event in (
        phones.sample("genesys-acd-start.json"),
        changed("customer-start", direction="OUTBOUND"),
        changed("customer-start", mediaType="MESSAGE"),
        changed("user-start", userId=""),
    ):
        (kept,) = read(event)
        assert isinstance(kept, Unrecognised)


def test_finished_utterances_are_speech_of_customer_and_employee() -> None:
    customer, employee = read(phones.sample("genesys-transcription.json"))
    assert isinstance(customer, Speech)
    assert (customer.by_employee, customer.text) == (False, "My parcel was left in the rain.")
    assert (employee.by_employee, employee.text) == (True, "i am sorry to hear that")
    assert customer.occurred_at == datetime(2026, 11, 22, 9, 58, 12, 250_000, UTC)
    assert customer.language == "en-GB"


def test_an_utterance_that_comes_again_in_another_event_is_the_same() -> None:
    first, again = phones.sample("genesys-transcription.json"), phones.sample("genesys-transcription.json")
    again["id"] = "another"
    assert [one.source for one in read(first)] == [one.source for one in read(again)]


def test_an_organisation_nobody_registered_is_refused() -> None:
    event = phones.sample("genesys-customer-start.json")
    for source in ("aws.partner/genesys.com/cloud/another/amends", "aws.partner", ""):
        with pytest.raises(UnknownAccount):
            read({**event, "source": source})
    with pytest.raises(Malformed):
        read({**event, "id": ""})


def test_both_active_keys_are_believed_and_no_other() -> None:
    check = HOOKS["genesys"].check
    for key in ("new key", "old key"):
        check(phones.request({}, ACCOUNT, headers={"x-api-key": key}))
    for headers in ({"x-api-key": "new key "}, {"x-api-key": ""}, {}):
        with pytest.raises(BadSignature):
            check(phones.request({}, ACCOUNT, headers=headers))


NAMES = [
    *("conversationId", "mediaType", "direction", "ani", "userId", "eventTime", "transcripts", "isFinal"),
    *("alternatives", "transcript", "utteranceId", "channel", "offsetMs", "sessionStartTimeMs"),
]
LIKELY = ["VOICE", "INBOUND", "EXTERNAL", CONVERSATION]
NUMBERS = st.integers() | st.floats() | st.booleans()
JSON = st.recursive(
    st.none() | NUMBERS | st.text(max_size=20) | st.sampled_from(LIKELY),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=8),
    max_leaves=20,
)
TOPICS = [
    f"v2.detail.events.conversation.{CONVERSATION}.customer.start",
    f"v2.detail.events.conversation.{CONVERSATION}.user.start",
    f"v2.conversations.{CONVERSATION}.transcription",
    "v2",
]


@given(st.sampled_from(TOPICS), JSON, st.dictionaries(st.sampled_from(NAMES), JSON, max_size=8))
def test_any_json_is_read_or_refused(topic: str, payload: Any, fields: dict[str, Any]) -> None:
    whole = {"conversationId": "c", "mediaType": "VOICE", "direction": "INBOUND"} | fields
    envelope = {"id": "e", "source": f"aws.partner/genesys.com/cloud/{ORGANISATION}/x"}
    for body in (
        payload,
        {**envelope, "detail": payload},
        {**envelope, "detail": {"topicName": topic, "eventBody": payload}},
        {**envelope, "detail": {"topicName": topic, "eventBody": whole}},
    ):
        try:
            assert read(body)
        except IntakeError:
            continue


def test_every_topic_genesys_lists_is_taken() -> None:
    for file in corpus("webhooks/genesys", "*.json"):
        mapped = phones.json_file(file)["notifications"]
        assert len(mapped) > 100
        for entry in mapped:
            event = phones.sample("genesys-acd-start.json")
            event["detail"]["topicName"] = entry["topic"].replace("{id}", CONVERSATION)
            assert len(read(event)) == 1
