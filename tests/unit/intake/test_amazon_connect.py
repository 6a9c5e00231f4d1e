"""Amazon Connect: who called, who joined, what was said, and what is not ours to take."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.adapters.accounts import Secret
from services.intake.adapters.channels.registry import HOOKS
from services.intake.domain.errors import BadSignature, IntakeError, Malformed, UnknownAccount
from services.intake.domain.records import CustomerWord, SessionEvent, SessionStep, Speech, Unrecognised
from tests.unit.intake import phones
from tests.unit.intake.corpora import corpus

INSTANCE = "0d6b8f0e-4c1f-4b3a-9a77-3f2d5f1c7a10"
CALL, SECOND = "c0ffee00-0000-4000-8000-000000000001", "c0ffee00-0000-4000-8000-000000000002"
AGENT = "5ca1ab1e-0000-4000-8000-00000000a9e7"
ACCOUNT = phones.account(
    "amazon-connect",
    INSTANCE,
    {f"agent:{AGENT}": "ruth", "sms": "+442079460101"},
    (Secret("api_key", "new key"), Secret("api_key", "old key")),
)


def read(body: Any) -> list[Any]:
    return phones.read("amazon-connect", body, ACCOUNT)


def changed(name: str, **detail: Any) -> Any:
    event = phones.sample(f"amazon-connect-{name}.json")
    event["detail"] |= detail
    return event


def test_a_call_is_a_customers_live_word_with_amazons_time() -> None:
    begun, event = read(phones.sample("amazon-connect-initiated.json"))
    assert isinstance(begun, CustomerWord)
    assert begun.live
    assert begun.parties[0].identity == ("phone", "+447700900401")
    assert (begun.first_name, begun.session_id, begun.point_of_contact_id) == ("Grace", CALL, "")
    assert begun.occurred_at == datetime(2026, 11, 22, 9, 58, 30, 250_000, UTC)
    assert event.step is SessionStep.LINKED


def test_what_a_caller_answers_by_sms_belongs_to_the_call() -> None:
    begun, _ = read(phones.sample("amazon-connect-initiated.json"))
    assert [(key.scope, key.claims_only) for key in begun.keys] == [
        ("session", False),
        ("open:sms:+442079460101", True),
    ]


def test_whichever_event_of_a_call_is_first_begins_it_under_one_key() -> None:
    words = [
        word
        for name in ("initiated", "connected", "disconnected")
        for word in read(phones.sample(f"amazon-connect-{name}.json"))
        if isinstance(word, CustomerWord)
    ]
    assert len(words) == 3
    assert len({(word.source, word.occurred_at, word.keys) for word in words}) == 1


def test_an_agent_who_is_connected_has_joined_under_the_name_the_account_gives() -> None:
    begun, joined = read(phones.sample("amazon-connect-connected.json"))
    assert (joined.step, joined.employee_id) == (SessionStep.JOINED, "ruth")
    assert joined.occurred_at == datetime(2026, 11, 22, 9, 58, 52, tzinfo=UTC)
    assert begun.point_of_contact_id == "ruth"


def test_an_agent_whom_the_account_does_not_name_goes_by_their_id() -> None:
    _, joined = read(changed("connected", agentInfo={"agentArn": "arn:aws:connect:x/agent/a-7"}))
    assert joined.employee_id == "a-7"


def test_names_with_capital_letters_are_read_too() -> None:
    _, joined = read(changed("connected", agentInfo=None, AgentInfo={"AgentArn": "arn:aws:x/agent/a-7"}))
    assert joined.employee_id == "a-7"


def test_a_transfer_is_the_same_call_and_waits_for_it() -> None:
    (event,) = read(phones.sample("amazon-connect-transfer.json"))
    assert isinstance(event, SessionEvent)
    assert (event.step, event.may_wait) == (SessionStep.LINKED, True)
    assert event.session_ids == (CALL, SECOND, f"{CALL}>")


def test_the_end_of_a_contact_is_no_end_of_the_call_once_a_transfer_of_it_is_known() -> None:
    (transfer,) = read(phones.sample("amazon-connect-transfer.json"))
    _, ended = read(phones.sample("amazon-connect-disconnected.json"))
    assert ended.unless_known in transfer.session_ids


def test_a_contact_ends_once_whether_disconnected_or_completed_is_heard_of_first() -> None:
    events = [read(changed("disconnected", eventType=kind))[1] for kind in ("DISCONNECTED", "COMPLETED")]
    assert [event.step for event in events] == [SessionStep.ENDED, SessionStep.ENDED]
    assert events[0].source == events[1].source


@pytest.mark.parametrize("method", ["OUTBOUND", "API", "EXTERNAL_OUTBOUND", "MONITOR"])
def test_what_no_customer_began_is_kept_and_nothing_more(method: str) -> None:
    (kept,) = read(changed("connected", initiationMethod=method))
    assert isinstance(kept, Unrecognised)


def test_a_chat_of_the_same_instance_is_not_a_call() -> None:
    (kept,) = read(changed("initiated", channel="CHAT"))
    assert isinstance(kept, Unrecognised)


def test_a_transcript_is_speech_once_and_its_utterances_are_not_said_again() -> None:
    customer, agent = read(phones.sample("amazon-connect-segments.json"))
    assert isinstance(customer, Speech)
    assert (customer.by_employee, agent.by_employee) == (False, True)
    assert customer.text == "The engineer never came, for the second time."
    assert (customer.session_ids, customer.may_wait, customer.occurred_at) == ((CALL,), True, None)


def test_a_kinesis_record_holds_the_same_segments() -> None:
    document = phones.sample("amazon-connect-segments.json")
    record = {"sequenceNumber": "49590", "data": b64encode(json.dumps(document).encode()).decode()}
    assert read(record) == read(document)
    with pytest.raises(Malformed):
        read({"sequenceNumber": "49590", "data": "no"})


def test_an_instance_nobody_registered_is_refused() -> None:
    with pytest.raises(UnknownAccount):
        read(changed("initiated", instanceArn="arn:aws:connect:x:1:instance/another"))


def test_both_active_keys_are_believed_and_no_other() -> None:
    check = HOOKS["amazon-connect"].check
    for key in ("new key", "old key"):
        check(phones.request({}, ACCOUNT, headers={"x-api-key": key}))
    for wrong in ({"x-api-key": "new"}, {"x-api-key": ""}, {}, {"x-api-key": "é\udcff"}):
        with pytest.raises(BadSignature):
            check(phones.request({}, ACCOUNT, headers=wrong))


NAMES = [
    *(
        "id",
        "detail",
        "contactId",
        "ContactId",
        "eventType",
        "EventType",
        "channel",
        "instanceArn",
        "InstanceId",
    ),
    *(
        "initialContactId",
        "initiationMethod",
        "agentInfo",
        "agentArn",
        "customerEndpoint",
        "address",
        "Segments",
    ),
    *("Transcript", "Content", "Id", "ParticipantRole", "initiationTimestamp", "data", "sequenceNumber"),
]
LIKELY = ["VOICE", INSTANCE, "INBOUND", "CONNECTED_TO_AGENT", "SEGMENTS", "AGENT", "2026-11-22T09:58:30Z"]
JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=20) | st.sampled_from(LIKELY),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=8),
    max_leaves=30,
)


@given(JSON)
def test_any_json_is_read_or_refused(payload: Any) -> None:
    try:
        assert read(payload)
    except IntakeError:
        return


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), JSON, max_size=8))
def test_any_contact_event_of_our_instance_is_read_or_refused(detail: dict[str, Any]) -> None:
    try:
        assert read(
            {"id": "e", "detail": {"contactId": "c", "channel": "VOICE", "instanceArn": INSTANCE} | detail}
        )
    except IntakeError:
        return


def test_every_event_of_amazons_own_pages_goes_through() -> None:
    files = [*corpus("webhooks/amazon_connect", "*.json"), *corpus("webhooks/aws", "*.json")]
    taken = 0
    for file in files:
        # Printed with comments and commas too many: what is left is JSON where that can be mended.
        text = re.sub(r",(\s*[}\]])", r"\1", re.sub(r"//[^\n\"]*\n", "\n", file.read_text(encoding="utf-8")))
        text = text.replace("12345678-1234-1234-1234-123456789012", INSTANCE)
        try:
            taken += len(read(text.encode()))
        except IntakeError:
            continue
    assert taken >= 1 or not files
