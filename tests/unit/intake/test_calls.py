"""Call events of any switchboard: what each becomes, the published schema, and who may send them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.adapters.accounts import Secret
from services.intake.adapters.channels import calls
from services.intake.adapters.channels.registry import HOOKS
from services.intake.adapters.signatures import check_standard
from services.intake.domain.errors import BadSignature, IntakeError, Malformed
from services.intake.domain.records import CustomerWord, SessionStep, Unrecognised
from tests.unit.intake import phones
from tests.unit.intake.corpora import ROOT, corpus

NEW, OLD = (f"whsec_{base64.b64encode(word * 6).decode()}" for word in (b"new key ", b"old key "))
ACCOUNT = phones.account(
    "calls", "pbx", {"region": "GB"}, (Secret("webhook_secret", NEW), Secret("webhook_secret", OLD))
)
SCHEMA = json.loads((ROOT / "docs/channels/calls.schema.json").read_bytes())
SAMPLES = ("started", "answered", "speech", "ended")


def signed(
    body: bytes, secret: str = NEW, *, at: datetime = phones.NOW, event: str = "msg_1"
) -> Mapping[str, str]:
    """The headers by the words of the specification."""
    stamp = str(int(at.timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{event}.{stamp}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1a,bm90IG91cnM= v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": event, "webhook-timestamp": stamp, "webhook-signature": signature}


def read(payload: Any) -> Any:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    (item,) = HOOKS["calls"].read(phones.request(body, ACCOUNT, headers=signed(body))).items
    return item


def changed(name: str, **data: Any) -> Any:
    event = phones.sample(f"calls-{name}.json")
    event["data"] |= data
    return event


def test_a_call_begins_with_the_switchboards_own_time_and_a_national_number_made_whole() -> None:
    word = read(phones.sample("calls-started.json"))
    assert isinstance(word, CustomerWord)
    assert word.parties[0].identity == ("phone", "+442079460777")
    assert word.occurred_at == datetime(2026, 11, 22, 9, 58, 0, 125_000, UTC)
    assert (word.live, word.session_id, word.source.account) == (True, "pbx:1763805480.17", "pbx")


def test_a_switchboard_that_knows_case_and_employee_says_so() -> None:
    case = "01939f3c-7d7a-7000-8000-000000000001"
    word = read(changed("started", case_id=case, employee_id="ruth", related_ids=["leg-2"]))
    assert [str(pointer.case_id) for pointer in word.pointers] == [case]
    assert (word.point_of_contact_id, word.keys[1].key) == ("ruth", "pbx:leg-2")


def test_who_withholds_their_number_is_somebody_else_each_time() -> None:
    first, second = (read(changed("started", call_id=call, **{"from": ""})) for call in ("1", "2"))
    assert first.parties != second.parties


def test_an_employee_answers_and_speech_and_end_follow_in_any_order() -> None:
    joined, speech, ended = (read(phones.sample(f"calls-{name}.json")) for name in SAMPLES[1:])
    assert (joined.step, joined.employee_id) == (SessionStep.JOINED, "ruth")
    assert joined.session_ids == ("pbx:1763805480.17", "pbx:1763805489.18")
    assert (speech.by_employee, speech.text) == (False, "You charged me twice.")
    assert (ended.step, ended.outcome) == (SessionStep.ENDED, "completed")
    assert joined.may_wait
    assert speech.may_wait
    assert ended.may_wait


def test_a_time_to_come_is_no_origin_time() -> None:
    event = phones.sample("calls-started.json")
    event["timestamp"] = (phones.NOW + timedelta(hours=1)).isoformat()
    assert read(event).occurred_at is None


def test_a_type_we_do_not_know_is_kept_and_a_known_one_in_another_shape_refused() -> None:
    assert isinstance(read({"type": "call.held", "data": {}}), Unrecognised)
    for wrong in ({"call_id": ""}, {"call_id": 7}, {"case_id": "none"}, {"related_ids": ["x"] * 11}):
        with pytest.raises(Malformed):
            read(changed("started", **wrong))
    with pytest.raises(Malformed):
        read(changed("speech", speaker="robot"))
    with pytest.raises(Malformed):
        read({**phones.sample("calls-started.json"), "timestamp": "2026-11-22T09:58:00"})


def test_the_published_schema_is_the_one_that_is_read() -> None:
    assert calls.schema() == SCHEMA
    for name in SAMPLES:
        jsonschema.validate(phones.sample(f"calls-{name}.json"), SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(changed("speech", speaker="robot"), SCHEMA)


def test_both_active_secrets_are_believed_and_no_other() -> None:
    check = HOOKS["calls"].check
    for secret in (NEW, OLD):
        check(phones.request(b"{}", ACCOUNT, headers=signed(b"{}", secret)))
    stranger = f"whsec_{base64.b64encode(b'a stranger ' * 3).decode()}"
    for headers in (signed(b"{}", stranger), signed(b"[]"), {}, {**signed(b"{}"), "webhook-id": "msg_2"}):
        with pytest.raises(BadSignature):
            check(phones.request(b"{}", ACCOUNT, headers=headers))


@pytest.mark.parametrize("minutes", [-6, 6, -10_000_000])
def test_an_attempt_signed_at_another_time_is_a_replay(minutes: int) -> None:
    headers = signed(b"{}", at=phones.NOW + timedelta(minutes=minutes))
    with pytest.raises(BadSignature):
        HOOKS["calls"].check(phones.request(b"{}", ACCOUNT, headers=headers))


def test_a_secret_that_is_none_signs_nothing() -> None:
    broken = phones.account("calls", "pbx", {}, (Secret("webhook_secret", "whsec_not base64"),))
    headers = {**signed(b"{}"), "webhook-signature": "v1,unusable secret v1, unusable"}
    with pytest.raises(BadSignature):
        HOOKS["calls"].check(phones.request(b"{}", broken, headers=headers))


@given(st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text()))
def test_any_headers_are_refused_and_nothing_else_happens(headers: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        check_standard({"pbx": ACCOUNT}, headers, b"{}", phones.NOW)


def test_published_vectors_hold_where_they_are_at_hand() -> None:
    vectors = [one for file in corpus("signatures", "vectors.json") for one in json.loads(file.read_bytes())]
    for one in vectors:
        if one["scheme"] != "standard-webhooks":
            continue
        account = phones.account("calls", "pbx", {}, (Secret("webhook_secret", one["secret"]),))
        names = ("webhook_id", "webhook_timestamp", "webhook_signature")
        headers = {name.replace("_", "-"): one[name] for name in names}
        now = datetime.fromtimestamp(int(one["webhook_timestamp"]), UTC)
        assert check_standard({"pbx": account}, headers, one["body"].encode(), now) == "pbx"


NAMES = [
    "type",
    "timestamp",
    "data",
    "call_id",
    "from",
    "speaker",
    "text",
    "employee_id",
    "segment_id",
    "case_id",
]
LIKELY = ["call.started", "call.speech", "customer", "2026-11-22T09:58:00Z", "0001-01-01T00:00:00+14:00"]
JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=20) | st.sampled_from(LIKELY),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=8),
    max_leaves=20,
)


@given(JSON, st.sampled_from(["call.started", "call.answered", "call.ended", "call.speech"]), JSON)
def test_any_json_is_read_or_refused(payload: Any, kind: str, moment: Any) -> None:
    for body in (payload, {"type": kind, "timestamp": moment, "data": payload}):
        try:
            assert read(body)
        except IntakeError:
            continue
