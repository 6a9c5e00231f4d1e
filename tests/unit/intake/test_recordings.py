"""Recordings of calls: their address is kept, what is no recording yet is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from services.intake.adapters.channels.registry import HOOKS
from services.intake.domain.records import SessionEvent, SessionStep, Unrecognised
from tests.unit.intake import phones
from tests.unit.intake.corpora import SAMPLES

FORM = dict(parse_qsl((SAMPLES / "webhooks/twilio-recording.form").read_text()))


def read(**fields: str) -> Any:
    request = phones.request(urlencode(FORM | fields).encode(), phones.account("twilio", "+442079460100"))
    form = replace(request, headers={"content-type": "application/x-www-form-urlencoded"})
    (item,) = HOOKS["twilio/recording"].read(form).items
    return item


def test_a_finished_recording_is_known_by_its_address_and_length() -> None:
    event = read()
    assert isinstance(event, SessionEvent)
    assert (event.step, event.session_ids) == (SessionStep.RECORDED, ("CA1",))
    assert (event.recording.recording_id, event.recording.seconds) == ("RE1", 42)
    assert event.recording.kept.name.startswith("https://api.twilio.com/")
    assert event.recording.kept.data is None
    assert event.occurred_at == datetime(2026, 11, 22, 9, 58, tzinfo=UTC)


def test_a_conference_is_recorded_under_its_own_id() -> None:
    assert read(CallSid="", ConferenceSid="CF1").session_ids == ("CF1",)


@pytest.mark.parametrize(
    "fields",
    [{"RecordingStatus": "absent"}, {"RecordingStatus": "in-progress"}, {"RecordingUrl": "file:///x"}],
)
def test_what_is_no_recording_is_kept_raw(fields: dict[str, str]) -> None:
    assert isinstance(read(**fields), Unrecognised)


@pytest.mark.parametrize("length", ["", "-1", "x", "9" * 30])
def test_a_length_that_is_none_is_unknown(length: str) -> None:
    assert read(RecordingDuration=length).recording.seconds == 0
