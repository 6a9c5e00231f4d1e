"""Calls from providers that keep no order: over HTTP to one committed case, whatever comes first."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import random
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from services.chassis.clock import SystemClock
from services.intake.adapters.accounts import ChannelAccount, Secret
from services.intake.adapters.early import WAIT_LIMIT
from services.intake.adapters.registration import register_account
from services.intake.domain.records import Channel
from tests.integration.intake.conftest import TENANT, Intake

pytestmark = pytest.mark.integration

SHUFFLES = 12
INSTANCE = "arn:aws:connect:eu-west-2:1:instance/i-1"
KEY = Secret("api_key", "an api key")
Event = Mapping[str, Any]


async def registered(intake: Intake, provider: str, account: str, *secrets: Secret) -> None:
    one = ChannelAccount(TENANT, provider, account, Channel.PHONE, {}, secrets)
    await register_account(intake.database, one, SystemClock().now())


async def posted(intake: Intake, hook: str, event: Event, key: str = KEY.secret) -> int:
    return await sent(intake, hook, json.dumps(event).encode(), {"x-api-key": key})


async def sent(intake: Intake, hook: str, body: bytes, headers: Mapping[str, str]) -> int:
    url = f"{intake.http_url}/v1/hooks/{TENANT}/{hook}"
    told = {"content-type": "application/json", **headers}
    async with intake.session.post(url, data=body, headers=told) as answer:
        return answer.status


def contact(call: str, kind: str, number: int = 1, **detail: Any) -> Event:
    """An event of the call's first, second, ... contact; a later one is a transfer of the one before."""
    own = {
        "contactId": f"{call}-{number}",
        "initialContactId": f"{call}-1",
        "previousContactId": f"{call}-{number - 1}" if number > 1 else None,
        "channel": "VOICE",
        "eventType": kind,
        "instanceArn": INSTANCE,
        "initiationMethod": "INBOUND" if number == 1 else "TRANSFER",
        "initiationTimestamp": f"2026-11-22T09:5{number}:00.000Z",
        "customerEndpoint": {"type": "TELEPHONE_NUMBER", "address": "+447700900401"},
        "agentInfo": {"agentArn": f"arn:x/agent/agent-{number}"},
    }
    return {"id": f"{call}-{number}-{kind}", "detail": own | detail}


def transcript(call: str, number: int, role: str, words: str) -> Event:
    said = {"Id": words, "ParticipantRole": role, "Content": words}
    return {
        "InstanceId": "i-1",
        "ContactId": f"{call}-{number}",
        "EventType": "SEGMENTS",
        "Segments": [{"Transcript": said}],
    }


def amazon_call(call: str) -> list[Event]:
    return [
        contact(call, "INITIATED"),
        contact(call, "QUEUED"),
        contact(call, "CONNECTED_TO_AGENT"),
        transcript(call, 1, "CUSTOMER", "My bag is gone."),
        transcript(call, 1, "AGENT", "I am so sorry."),
        contact(call, "INITIATED", 2),
        contact(call, "CONNECTED_TO_AGENT", 2),
        transcript(call, 2, "AGENT", "I have it here."),
        contact(call, "DISCONNECTED"),
        contact(call, "DISCONNECTED", 2),
    ]


async def heard(intake: Intake) -> dict[str, list[tuple[str, Any]]]:
    """What was said about each call, in order, by the id of its case."""
    calls: dict[str, list[tuple[str, Any]]] = {}
    for kind, key, message in await intake.journal():
        calls.setdefault(key, []).append((kind, message))
    return calls


def whole(said: Sequence[tuple[str, Any]]) -> list[tuple[str, str]]:
    """A call without its order: what happened, and to whom or in which words.

    Who leaves a call before its transfer is known seems to end it; that it ends at all is what counts here.
    """
    told = {
        "ComplaintReceived": lambda one: one.message.occurred_at.ToJsonString(),
        "InteractionStarted": lambda one: "",
        "InteractionJoined": lambda one: one.employee_id,
        "InteractionEnded": lambda one: "",
        "TranscriptSegmentReceived": lambda one: one.text,
    }
    found = sorted((kind, told[kind](message)) for kind, message in said if kind in told)
    ends = [one for one in found if one[0] == "InteractionEnded"]
    return ends[:1] + [one for one in found if one[0] != "InteractionEnded"] if len(ends) < 3 else found


WHOLE_AMAZON_CALL = [
    ("InteractionEnded", ""),
    ("ComplaintReceived", "2026-11-22T09:51:00Z"),
    ("InteractionJoined", "agent-1"),
    ("InteractionJoined", "agent-2"),
    ("InteractionStarted", ""),
    ("TranscriptSegmentReceived", "I am so sorry."),
    ("TranscriptSegmentReceived", "I have it here."),
    ("TranscriptSegmentReceived", "My bag is gone."),
]


async def test_any_order_of_a_calls_events_ends_with_the_same_one_case(intake: Intake) -> None:
    await registered(intake, "amazon-connect", "i-1", KEY)
    chance = random.Random(7)
    for number in range(SHUFFLES):
        events = amazon_call(f"call-{number}")
        chance.shuffle(events)
        assert {await posted(intake, "amazon-connect", event) for event in events} == {204}
    calls = await heard(intake)
    assert len(calls) == SHUFFLES
    for said in calls.values():
        assert said[0][0] == "ComplaintReceived"
        assert whole(said) == WHOLE_AMAZON_CALL
        assert len({message.interaction_id for kind, message in said if kind != "CustomerIdentified"}) == 1
    assert not await intake.fetch("select from early_item")


async def test_events_that_come_at_once_and_twice_end_with_the_same_one_case(intake: Intake) -> None:
    await registered(intake, "amazon-connect", "i-1", KEY)
    chance = random.Random(11)
    for number in range(SHUFFLES):
        events = amazon_call(f"call-{number}") * 2
        chance.shuffle(events)
        statuses = await asyncio.gather(*(posted(intake, "amazon-connect", event) for event in events))
        assert set(statuses) == {204}
    calls = await heard(intake)
    assert [whole(said) for said in calls.values()] == [WHOLE_AMAZON_CALL] * SHUFFLES
    assert {said[0][0] for said in calls.values()} == {"ComplaintReceived"}


async def test_who_passed_the_customer_on_leaves_a_call_that_goes_on(intake: Intake) -> None:
    await registered(intake, "amazon-connect", "i-1", KEY)
    *before, leaves, ends = amazon_call("call")
    for event in (*before, leaves):
        assert await posted(intake, "amazon-connect", event) == 204
    assert not await intake.said("InteractionEnded")
    assert await posted(intake, "amazon-connect", ends) == 204
    assert len(await intake.said("InteractionEnded")) == 1


async def test_what_nobody_announces_within_a_day_is_refused_on_record(intake: Intake) -> None:
    await registered(intake, "amazon-connect", "i-1", KEY)
    assert await posted(intake, "amazon-connect", transcript("never", 1, "CUSTOMER", "Hello?")) == 204
    assert not await intake.said("IntakeRejected")
    await _aged(intake, WAIT_LIMIT + timedelta(minutes=1))
    assert await posted(intake, "amazon-connect", transcript("other", 1, "CUSTOMER", "Hello?")) == 204
    (rejected,) = await intake.said("IntakeRejected")
    assert (rejected.code, rejected.provider) == ("unknown_session", "amazon-connect")
    assert await posted(intake, "amazon-connect", contact("never", "INITIATED")) == 204
    assert not await intake.said("TranscriptSegmentReceived")
    assert len(await intake.fetch("select from early_item")) == 1


async def _aged(intake: Intake, by: timedelta) -> None:
    async with intake.database.transaction([TENANT]) as tx:
        await tx.execute("update early_item set received_at = received_at - $1::interval", by)


async def test_a_wrong_key_is_401_and_an_unknown_instance_404(intake: Intake) -> None:
    await registered(intake, "amazon-connect", "i-1", KEY)
    elsewhere = contact("call", "INITIATED", instanceArn="arn:aws:connect:x:1:instance/i-9")
    assert await posted(intake, "amazon-connect", elsewhere) == 404
    assert await posted(intake, "amazon-connect", contact("call", "INITIATED"), "another key") == 401
    assert not await intake.said("ComplaintReceived")


CALLS_KEY = b"of a switchboard, 24 bytes or more"
CALLS_SECRET = Secret("webhook_secret", f"whsec_{base64.b64encode(CALLS_KEY).decode()}")


def any_call(call: str) -> list[Event]:
    """A call in the words of our own vocabulary; the speech knows another leg only."""
    return [
        {"type": f"call.{kind}", "timestamp": "2026-11-22T09:51:00Z", "data": {"call_id": call, **data}}
        for kind, data in (
            ("started", {"from": "+447700900402"}),
            ("answered", {"employee_id": "emp-1", "related_ids": [f"{call}-leg"]}),
            (
                "speech",
                {"call_id": f"{call}-leg", "segment_id": "1", "speaker": "customer", "text": "Twice!"},
            ),
            ("ended", {"outcome": "completed"}),
        )
    ]


async def signed_and_sent(intake: Intake, event: Event) -> int:
    body, stamp = json.dumps(event).encode(), str(int(SystemClock().now().timestamp()))
    message_id = f"{event['type']}-{event['data']['call_id']}"
    digest = hmac.new(CALLS_KEY, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    headers = {"webhook-id": message_id, "webhook-timestamp": stamp}
    headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
    return await sent(intake, "calls", body, headers)


async def test_every_order_of_any_switchboards_events_ends_with_the_same_one_case(intake: Intake) -> None:
    await registered(intake, "calls", "pbx", CALLS_SECRET)
    orders = list(itertools.permutations(range(4)))
    for number, order in enumerate(orders):
        events = any_call(f"call-{number}")
        assert {await signed_and_sent(intake, events[at]) for at in order} == {204}
    calls = await heard(intake)
    assert [whole(said) for said in calls.values()] == [
        [
            ("InteractionEnded", ""),
            ("ComplaintReceived", "2026-11-22T09:51:00Z"),
            ("InteractionJoined", "emp-1"),
            ("InteractionStarted", ""),
            ("TranscriptSegmentReceived", "Twice!"),
        ]
    ] * len(orders)
    assert {said[0][0] for said in calls.values()} == {"ComplaintReceived"}


def genesys_call(call: str) -> list[Event]:
    own = {"conversationId": call, "mediaType": "VOICE", "direction": "INBOUND", "ani": "tel:+447700900403"}
    said = {"utteranceId": "ut-1", "isFinal": True, "channel": "EXTERNAL"}
    spoken = {"transcripts": [{**said, "alternatives": [{"transcript": "It rained in.", "offsetMs": 9000}]}]}
    detail = f"v2.detail.events.conversation.{call}"
    return [
        {
            "id": f"{call}-{topic}",
            "source": "aws.partner/genesys.com/cloud/org-1/amends",
            "detail": {"topicName": topic, "eventBody": {**own, "eventTime": 1795341060000, **body}},
        }
        for topic, body in (
            (f"{detail}.customer.start", {}),
            (f"{detail}.acd.start", {"queueId": "q-1"}),
            (f"{detail}.user.start", {"userId": "user-1"}),
            (f"v2.conversations.{call}.transcription", spoken),
            (f"{detail}.customer.end", {"disconnectType": "PEER"}),
        )
    ]


async def test_any_order_of_genesys_events_ends_with_the_same_one_case(intake: Intake) -> None:
    await registered(intake, "genesys", "org-1", KEY)
    chance = random.Random(13)
    for number in range(SHUFFLES):
        events = genesys_call(f"call-{number}")
        chance.shuffle(events)
        assert {await posted(intake, "genesys", event) for event in events} == {204}
    calls = await heard(intake)
    assert [whole(said) for said in calls.values()] == [
        [
            ("InteractionEnded", ""),
            ("ComplaintReceived", "2026-11-22T09:51:00Z"),
            ("InteractionJoined", "user-1"),
            ("InteractionStarted", ""),
            ("TranscriptSegmentReceived", "It rained in."),
        ]
    ] * SHUFFLES
    assert {said[0][0] for said in calls.values()} == {"ComplaintReceived"}
