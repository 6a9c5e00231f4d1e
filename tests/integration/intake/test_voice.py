"""A phone call: begun, joined by an employee, written down, ended; both of Twilio's signature modes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from urllib.parse import urlencode
from uuid import UUID

import pytest
from amends.common.v1.common_pb2 import InboundMessage

from services.intake.adapters.archive import PostgresArchive
from tests.integration.intake.conftest import BASE, SHARED_KEY, TENANT, Intake, twilio_signature

pytestmark = pytest.mark.integration

CALL = {
    "CallSid": "CA1",
    "AccountSid": "AC1",
    "From": "+447700900123",
    "To": "+442079460100",
    "CallStatus": "ringing",
    "Direction": "inbound",
    "CallerName": "LOVELACE ADA",
}
JOIN = {
    "ConferenceSid": "CF1",
    "FriendlyName": "CA1",
    "AccountSid": "AC1",
    "StatusCallbackEvent": "participant-join",
    "CallSid": "CA2",
    "SequenceNumber": "2",
    "Timestamp": "Sun, 22 Nov 2020 10:00:00 +0000",
}


def transcript(sequence: str, track: str, words: str, **more: str) -> dict[str, str]:
    return {
        "TranscriptionSid": "GT1",
        "TranscriptionEvent": "transcription-content",
        "CallSid": "CA1",
        "AccountSid": "AC1",
        "Track": track,
        "SequenceId": sequence,
        "Final": "true",
        "Timestamp": "2020-11-22T10:00:00.123456Z",
        "TranscriptionData": json.dumps({"transcript": words, "confidence": 0.9}),
        **more,
    }


async def test_a_call_is_a_live_complaint_with_its_joins_words_and_end(intake: Intake) -> None:
    assert (await intake.twilio("voice?employee=emp-1", CALL))[0] == 200
    assert (await intake.twilio("conference?employee=emp-2", JOIN))[0] == 204
    assert (await intake.twilio("transcription", transcript("1", "inbound_track", "My bag is gone.")))[
        0
    ] == 204
    spoken = transcript("2", "outbound_track", "I am so sorry, Ada.")
    assert (await intake.twilio("transcription?employee=emp-1", spoken))[0] == 204
    ended = {"CallSid": "CA1", "AccountSid": "AC1", "CallStatus": "completed", "SequenceNumber": "3"}
    assert (await intake.twilio("voice/status", ended))[0] == 204

    (complaint,) = await intake.said("ComplaintReceived")
    assert complaint.live
    assert complaint.point_of_contact_id == "emp-1"
    assert complaint.message.thread_key == "CA1"
    assert not complaint.message.HasField("occurred_at")
    (joined,) = await intake.said("InteractionJoined")
    assert (joined.employee_id, joined.interaction_id) == ("emp-2", complaint.interaction_id)
    assert joined.occurred_at.ToJsonString() == "2020-11-22T10:00:00Z"
    customer, employee = await intake.said("TranscriptSegmentReceived")
    assert (customer.speaker, customer.text) == (customer.SPEAKER_CUSTOMER, "My bag is gone.")
    assert customer.assessment.topic == "baggage"
    assert not employee.HasField("assessment")
    assert (employee.speaker, employee.employee_id) == (employee.SPEAKER_EMPLOYEE, "emp-1")
    assert employee.occurred_at.ToJsonString() == "2020-11-22T10:00:00.123456Z"
    (end,) = await intake.said("InteractionEnded")
    assert (end.case_id, end.outcome) == (complaint.case_id, "completed")
    assert {key for _, key, _ in await intake.journal()} == {complaint.case_id}


async def test_a_customer_who_joins_the_room_links_it_to_the_call(intake: Intake) -> None:
    await intake.twilio("voice", CALL)
    await intake.twilio("conference", {**JOIN, "FriendlyName": "room 7", "CallSid": "CA1"})
    await intake.twilio(
        "conference?employee=emp-2", {**JOIN, "FriendlyName": "room 7", "SequenceNumber": "3"}
    )
    (joined,) = await intake.said("InteractionJoined")
    (complaint,) = await intake.said("ComplaintReceived")
    assert joined.case_id == complaint.case_id


async def test_an_event_of_an_unknown_call_is_taken_once_the_call_is_known(intake: Intake) -> None:
    status, _ = await intake.twilio("conference?employee=emp-2", JOIN)
    assert status == 404
    await intake.twilio("voice", CALL)
    assert (await intake.twilio("conference?employee=emp-2", JOIN))[0] == 204
    assert len(await intake.said("InteractionJoined")) == 1
    (rejected,) = await intake.said("IntakeRejected")
    assert rejected.code == "unknown_session"


async def test_unfinished_speech_and_other_call_states_say_nothing(intake: Intake) -> None:
    await intake.twilio("voice", CALL)
    before = len(await intake.journal())
    await intake.twilio("transcription", transcript("1", "inbound_track", "My b", Final="false"))
    await intake.twilio("voice/status", {"CallSid": "CA1", "CallStatus": "ringing", "SequenceNumber": "0"})
    assert len(await intake.journal()) == before


async def test_anonymous_callers_are_not_one_person(intake: Intake) -> None:
    for number in ("1", "2"):
        await intake.twilio(
            "voice", {**CALL, "CallSid": f"CA{number}", "From": "anonymous", "CallerName": ""}
        )
    first, second = await intake.said("ComplaintReceived")
    assert first.customer.customer_id != second.customer.customer_id


async def test_a_call_is_led_into_a_transcribed_conference_where_the_account_says_so(intake: Intake) -> None:
    _, answer = await intake.twilio("voice", {**CALL, "To": "+442079460102"})
    assert ">CA1</Conference>" in answer
    assert f"{BASE}/v1/hooks/{TENANT}/twilio/conference" in answer


async def test_the_shared_key_mode_is_believed_and_a_wrong_key_is_not(intake: Intake) -> None:
    target = f"/v1/hooks/{TENANT}/twilio/voice"
    signed = BASE + target + "".join(name + CALL[name] for name in sorted(CALL))
    for key, expected in ((SHARED_KEY, 200), ("another", 401)):
        digest = hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest()
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "x-twilio-signature": base64.b64encode(digest).decode(),
            "x-twilio-webhooks-signature-settings": "key=key-1,algorithm=HMAC_SHA256",
        }
        url = intake.http_url + target
        async with intake.session.post(url, data=urlencode(CALL).encode(), headers=headers) as answer:
            assert answer.status == expected


async def test_the_signed_url_is_ours_whatever_host_the_request_names(intake: Intake) -> None:
    target = f"/v1/hooks/{TENANT}/twilio/voice"
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "host": "evil.example",
        "x-forwarded-host": "evil.example",
        "x-twilio-signature": twilio_signature("https://evil.example" + target, CALL),
    }
    url = intake.http_url + target
    async with intake.session.post(url, data=urlencode(CALL).encode(), headers=headers) as answer:
        assert answer.status == 401
    assert not await intake.said("ComplaintReceived")


async def test_an_employee_added_to_the_url_breaks_the_signature(intake: Intake) -> None:
    signature = twilio_signature(f"{BASE}/v1/hooks/{TENANT}/twilio/conference", JOIN)
    status, _ = await intake.twilio("conference?employee=mallory", JOIN, signature=signature)
    assert status == 401


async def test_a_caller_who_answers_by_sms_is_heard_on_the_newest_call(intake: Intake) -> None:
    await intake.twilio("voice?employee=emp-1", CALL)
    await intake.twilio("voice?employee=emp-1", {**CALL, "CallSid": "CA9"})
    sms = {"MessageSid": "SM1", "From": CALL["From"], "To": "+442079460101", "Body": "Yes, it is solved."}
    assert (await intake.twilio("sms", sms))[0] == 200
    first, second = await intake.said("ComplaintReceived")
    assert first.case_id != second.case_id
    (answer,) = await intake.said("CustomerMessageReceived")
    assert (answer.case_id, answer.threaded_by) == (second.case_id, "open_case")


async def test_a_recording_stands_among_the_words_of_its_call_by_its_address(intake: Intake) -> None:
    await intake.twilio("voice", CALL)
    recording = {
        "AccountSid": "AC1",
        "CallSid": "CA1",
        "RecordingSid": "RE1",
        "RecordingUrl": "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1",
        "RecordingStatus": "completed",
        "RecordingDuration": "42",
    }
    assert (await intake.twilio("recording", recording))[0] == 204
    assert (await intake.twilio("recording", recording))[0] == 204
    (recorded,) = await intake.said("InteractionRecorded")
    (complaint,) = await intake.said("ComplaintReceived")
    assert (recorded.case_id, recorded.seconds) == (complaint.case_id, 42)
    words = await PostgresArchive(intake.database).words(TENANT, UUID(complaint.case_id), 0, 10)
    assert words is not None
    last = InboundMessage.FromString(words[-1].message)
    assert [one.name for one in last.attachments] == [recording["RecordingUrl"]]
