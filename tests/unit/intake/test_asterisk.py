"""Asterisk over ARI: which channel is a customer's, who is with them, and what a PBX says besides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.adapters.accounts import Secret
from services.intake.adapters.channels.asterisk import Board, Heard, event_of, listed_in
from services.intake.domain.errors import IntakeError, Malformed
from services.intake.domain.records import CustomerWord, SessionEvent, SessionStep, Speech, Unrecognised
from tests.unit.intake import phones

CALL, LEG = "1763805480.17", "1763805489.18"
NAME = f"02:42:ac:11:00:02/{CALL}"
SESSION = f"pbx:{NAME}"
ACCOUNT = phones.account(
    "asterisk", "pbx", {"region": "GB", "endpoint:PJSIP/1001": "ruth"}, (Secret("basic", "pbx:right"),)
)


def sample(name: str) -> dict[str, Any]:
    found: dict[str, Any] = phones.sample(f"asterisk-{name}.json")
    return found


def hear(board: Board, event: Mapping[str, Any]) -> Any:
    return board.hear(ACCOUNT, event, json.dumps(event).encode(), phones.NOW)


def heard(*events: Mapping[str, Any]) -> list[Any]:
    """The items of events that one board hears."""
    board = Board("main")
    return [item for event in events for item in hear(board, event).items]


def named(event: dict[str, Any], name: str) -> dict[str, Any]:
    event["channel"]["name"] = name
    return event


def resume(board: Board, *open_calls: str) -> Any:
    answer = sample("channels")
    hear(board, {**answer, "application": ""})
    return board.resume(ACCOUNT, listed_in(answer), open_calls, phones.NOW)


def test_a_channel_given_to_us_is_a_live_word_since_it_was_made_and_goes_on_at_once() -> None:
    begun = hear(Board("main"), sample("stasis-start"))
    assert begun.hand_back == (CALL,)
    (word,) = begun.items
    assert isinstance(word, CustomerWord)
    assert word.parties[0].identity == ("phone", "+442079460777")
    assert (word.live, word.session_id, word.full_name) == (True, SESSION, "Katherine Johnson")
    assert word.occurred_at == datetime(2026, 11, 22, 9, 58, 0, 250_000, UTC)
    assert word.point_of_contact_id == "desk-7"


def test_the_dialplan_may_name_the_case_and_a_moment_to_come_is_none() -> None:
    event = sample("stasis-start")
    event["args"] = ["case=0197a1b2-0000-7000-8000-00000000ca5e", "case", 7]
    event["channel"]["creationtime"] = (phones.NOW + timedelta(hours=1)).isoformat()
    (word,) = heard(event)
    assert word.occurred_at is None
    assert [one.case_id for one in word.pointers] == []
    event["args"].pop(1)
    (word,) = heard(event)
    assert [one.case_id for one in word.pointers] == [UUID("0197a1b2-0000-7000-8000-00000000ca5e")]


def test_an_employee_has_joined_whichever_of_the_two_comes_into_the_bridge_last() -> None:
    start, employee, customer = map(sample, ("stasis-start", "entered-employee", "entered-customer"))
    _, joined = heard(start, employee, customer)
    assert isinstance(joined, SessionEvent)
    assert (joined.step, joined.employee_id, joined.session_ids) == (SessionStep.JOINED, "ruth", (SESSION,))
    assert joined.occurred_at == datetime(2026, 11, 22, 9, 58, 12, 20_000, UTC)
    customer["bridge"]["channels"] = [CALL]
    employee["bridge"]["channels"] = [CALL, LEG]
    _, again = heard(start, customer, employee)
    assert (again.employee_id, again.source) == ("ruth", joined.source)


@pytest.mark.parametrize(
    "name", ["PJSIP/carrier-00000012", "Local/1001@queue-00000001;1", "Snoop/1-0000", "nothing"]
)
def test_a_leg_to_the_outside_or_of_asterisk_itself_is_nobody(name: str) -> None:
    told = sample("entered-employee")
    told["bridge"]["channels"] = [CALL, LEG]
    assert len(heard(sample("stasis-start"), named(told, name))) == 1


def test_who_is_not_in_the_accounts_file_has_the_name_of_the_endpoint_and_a_trunk_none() -> None:
    told = sample("entered-employee")
    told["bridge"]["channels"] = [CALL, LEG]
    assert heard(sample("stasis-start"), named(told, "PJSIP/odette-7-0000002a"))[1].employee_id == "odette-7"
    board, trunks = Board("main"), phones.account("asterisk", "pbx", {"trunks": "SIP/x, PJSIP/odette-7"})
    hear(board, sample("stasis-start"))
    assert board.hear(trunks, told, b"{}", phones.NOW).items == ()


def test_music_on_hold_is_no_conversation() -> None:
    told = sample("entered-employee")
    told["bridge"] |= {"channels": [CALL, LEG], "bridge_type": "holding"}
    assert len(heard(sample("stasis-start"), told)) == 1


def test_a_call_ends_with_its_channel_and_not_when_it_is_handed_back() -> None:
    start, destroyed = sample("stasis-start"), sample("destroyed")
    back = {"type": "StasisEnd", "channel": start["channel"]}
    _, ended = heard(start, back, destroyed, destroyed)
    assert (ended.step, ended.outcome) == (SessionStep.ENDED, "normal clearing")
    assert (ended.session_ids, ended.source.event_id) == ((SESSION,), f"{NAME}:ended")
    assert ended.occurred_at == datetime(2026, 11, 22, 9, 59, 30, 900_000, UTC)


def test_what_is_said_comes_as_a_user_event_of_the_customers_channel() -> None:
    said = sample("speech")
    _, speech = heard(sample("stasis-start"), said)
    assert isinstance(speech, Speech)
    assert (speech.text, speech.by_employee, speech.language) == ("You charged me twice.", False, "en-GB")
    assert (speech.session_ids, speech.segment_id) == ((SESSION,), f"{SESSION}:s-1")
    assert speech.occurred_at == datetime(2026, 11, 22, 9, 58, 15, 300_000, UTC)
    said["userevent"] |= {"speaker": "employee", "employee": "ruth", "segment": "s-2"}
    _, speech = heard(sample("stasis-start"), said)
    assert (speech.by_employee, speech.employee_id) == (True, "ruth")
    assert heard(said) == []
    assert len(heard(sample("stasis-start"), said | {"eventname": "survey"})) == 1


@pytest.mark.parametrize("wrong", [{"speaker": "robot"}, {"text": " "}, {"segment": 7}])
def test_speech_without_what_it_needs_is_malformed(wrong: dict[str, Any]) -> None:
    said = sample("speech")
    said["userevent"] |= wrong
    with pytest.raises(Malformed):
        heard(sample("stasis-start"), said)


def test_calls_that_nobody_gave_us_are_not_ours() -> None:
    assert heard(sample("entered-employee"), sample("entered-customer"), sample("destroyed")) == []


def test_a_channel_that_takes_the_place_of_a_call_belongs_to_it_and_the_old_end_is_none() -> None:
    start, gone = sample("stasis-start"), sample("destroyed")
    other = sample("stasis-start")
    other["channel"]["id"] = "1763805500.30"
    other["replace_channel"] = start["channel"]
    first, second, linked = heard(start, other, gone)
    keys = {key.key for key in second.keys if key.scope == "session"}
    assert {first.session_id, SESSION, "pbx:02:42:ac:11:00:02/1763805500.30"} == keys
    assert (linked.step, linked.source.event_id) == (SessionStep.LINKED, f"{NAME}:ended")


def test_a_call_held_while_we_were_away_begins_and_goes_on() -> None:
    board = Board("main")
    hear(board, {"type": "ApplicationRegistered", "application": "amends"})
    resumed = resume(board)
    assert resumed.hand_back == ("1763805600.21",)
    (word,) = resumed.items
    assert word.occurred_at == datetime(2026, 11, 22, 9, 59, 40, tzinfo=UTC)
    assert word.parties[0].identity == ("handle", "anonymous:pbx:02:42:ac:11:00:02/1763805600.21")


def test_what_another_application_holds_is_left_alone() -> None:
    assert resume(Board("main")) == Heard()


def test_after_a_lost_connection_a_known_call_goes_on_and_one_that_is_gone_has_ended_some_time() -> None:
    board = Board("main")
    (ended,) = resume(board, CALL, "1763805000.1").items
    assert (ended.step, ended.outcome, ended.occurred_at) == (SessionStep.ENDED, "unheard", None)
    assert ended.session_ids == ("pbx:02:42:ac:11:00:02/1763805000.1",)
    (joined,) = board.bridged(ACCOUNT, listed_in(sample("bridges"))).items
    assert isinstance(joined, SessionEvent)
    assert (joined.employee_id, joined.occurred_at) == ("ruth", None)
    assert [one.outcome for one in hear(board, sample("destroyed")).items] == ["normal clearing"]


def test_noise_says_nothing_and_a_type_nobody_knows_is_kept() -> None:
    noise: list[dict[str, Any]] = [
        {"type": "ChannelVarset"},
        {"type": "Dial", "peer": {}},
        {"type": "DeviceStateChanged"},
    ]
    (kept,) = heard(*noise, {"type": "ChannelSwallowed", "who": 1})
    assert isinstance(kept, Unrecognised)
    assert kept.what == "ChannelSwallowed"


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"{}", b'{"type": 1}', b"\xff"])
def test_what_is_no_event_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        event_of(raw)


@pytest.mark.parametrize("channel", [None, {}, {"id": ""}, {"id": 7}, {"id": "x" * 150}, {"id": "a  b"}])
def test_an_event_of_no_channel_is_malformed(channel: Any) -> None:
    with pytest.raises(Malformed):
        hear(Board("main"), {"type": "StasisStart", "channel": channel})


def test_two_pbxs_of_one_account_may_have_a_channel_of_the_same_id() -> None:
    one, two = heard(sample("stasis-start"), {**sample("stasis-start"), "asterisk_id": "another"})
    assert one.session_id != two.session_id
    assert one.source != two.source


_LEAF = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
_JSON = st.recursive(
    _LEAF,
    lambda one: st.lists(one, max_size=2) | st.dictionaries(st.sampled_from(["id", "name"]), one),
    max_leaves=4,
)
_TYPES = st.sampled_from(
    ["StasisStart", "ChannelEnteredBridge", "ChannelDestroyed", "ChannelUserevent", "New"]
)
_FIELDS = st.sampled_from(["channel", "bridge", "args", "timestamp", "peer", "replace_channel", "eventname"])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(_TYPES, st.dictionaries(_FIELDS, _JSON)), max_size=4), st.lists(_JSON, max_size=3))
def test_no_event_and_no_list_does_anything_but_raise_our_own_error(
    told: list[tuple[str, dict[str, Any]]], listed: list[Any]
) -> None:
    board = Board("main")
    hear(board, sample("stasis-start"))
    for kind, fields in told:
        with suppress(IntakeError):
            hear(board, event_of(json.dumps({"type": kind, **fields}).encode()))
    answer = {"message_body": json.dumps([{"id": "1.1", "dialplan": one, "channels": one} for one in listed])}
    board.resume(ACCOUNT, listed_in(answer), {CALL}, phones.NOW)
    board.bridged(ACCOUNT, listed_in(answer))
