"""Calls of an Asterisk that tells of them over ARI (conventions 1.5, docs/channels/asterisk.md).

A call begins when the dialplan hands its channel to our Stasis application. We hand it back at once and only
listen: ARI tells a subscriber of every channel, so which of them are customers' calls, and who is in a bridge
with them, is remembered for as long as the connection lasts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from services.intake.adapters.accounts import ChannelAccount
from services.intake.adapters.channels.contact import caller
from services.intake.adapters.channels.hooks import Integration, json_of, text_at
from services.intake.adapters.channels.legs import Legs
from services.intake.adapters.channels.live import call_begun, call_source, iso_time
from services.intake.domain.errors import Malformed
from services.intake.domain.records import (
    Channel,
    Item,
    SessionEvent,
    SessionStep,
    Source,
    Speech,
    Unrecognised,
)
from services.intake.domain.text import clean_line, clean_text

PROVIDER = "asterisk"
SECRETS = ("basic",)
PROTOCOL = "ari"  # of the WebSocket
LINKED_ID = "CHANNEL(linkedid)"  # a variable that ari.conf may have shown with every channel
BEGUN, ENDED = ":begun", ":ended"  # behind a channel, in the inbox
SPEECH = "speech"  # the name of a user event
_SPEAKERS = ("customer", "employee")
_SPEECH_LIMIT = 16_000
_APPLICATIONS_LIMIT = 100
# Known events that say nothing of a call's course. With `subscribe_all` a PBX sends a hundred of them for
# every call, so they are not kept; a type that is in no list is.
_SAY_NOTHING = frozenset(
    [
        *("ApplicationMoveFailed", "ApplicationRegistered", "ApplicationReplaced", "ApplicationUnregistered"),
        *("BridgeAttendedTransfer", "BridgeBlindTransfer", "BridgeCreated", "BridgeDestroyed"),
        *("BridgeMerged", "BridgeVideoSourceChanged", "ChannelCallerId", "ChannelConnectedLine"),
        *("ChannelCreated", "ChannelDialplan", "ChannelDtmfReceived", "ChannelHangupRequest"),
        *("ChannelHold", "ChannelLeftBridge", "ChannelStateChange", "ChannelTalkingFinished"),
        *("ChannelTalkingStarted", "ChannelToneDetected", "ChannelTransfer", "ChannelUnhold"),
        *("ChannelUserevent", "ChannelVarset", "ContactStatusChange", "DeviceStateChanged", "Dial"),
        *("EndpointStateChange", "MissingParams", "PeerStatusChange", "PlaybackContinuing"),
        *("PlaybackFinished", "PlaybackStarted", "RESTResponse", "RecordingFailed", "RecordingFinished"),
        *("RecordingStarted", "StasisEnd", "TextMessageReceived"),
    ]
)

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """What an event holds: items to commit, and channels in our application that are to go on."""

    items: tuple[Item, ...] = ()
    hand_back: tuple[str, ...] = ()


def event_of(raw: bytes) -> dict[str, Any]:
    """One event. Raises Malformed for what is none."""
    event = json_of(raw)
    if not isinstance(event, dict) or not text_at(event, "type"):
        raise Malformed("not_an_event", "expected an object with its type")
    return event


def listed_in(response: Json) -> list[dict[str, Any]]:
    """The objects of the answer to a GET. Raises Malformed when it cannot be read."""
    body = json_of(text_at(response, "message_body").encode("utf-8", "replace"))
    return [one for one in body if isinstance(one, dict)] if isinstance(body, list) else []


class Board:
    """The legs and the customers' calls of one PBX, by what it has told on one connection."""

    def __init__(self, tenant_id: str) -> None:
        self._tenant_id = tenant_id
        self.pbx = ""  # its own id; several may share an account, and give two channels the same id
        self._legs = Legs()
        self._applications: set[str] = set()
        self._calls: set[str] = set()

    def hear(self, account: ChannelAccount, event: Json, raw: bytes, received_at: datetime) -> Heard:
        """What an event tells. Raises Malformed for one of a known type in another shape."""
        kind, channel = text_at(event, "type"), event.get("channel")
        self.pbx = clean_line(text_at(event, "asterisk_id"), 60) or self.pbx
        if len(self._applications) < _APPLICATIONS_LIMIT:
            self._applications.add(text_at(event, "application"))
        for leg in (channel, event.get("peer")):
            self._legs.remember(leg)
        match kind:
            case "StasisStart":
                also = text_at(event, "replace_channel", "id")
                args = event.get("args")
                return self._begun(account, channel, args, text_at(event, "timestamp"), also, received_at)
            case "ChannelEnteredBridge":
                at = iso_time(text_at(event, "timestamp"), received_at)
                return Heard(tuple(self._together(account, event.get("bridge"), _id_of(channel), at)))
            case "ChannelUserevent" if text_at(event, "eventname") == SPEECH:
                return Heard(self._spoken(account, event, text_at(channel, "id"), received_at))
            case "ChannelDestroyed":
                return Heard(self._destroyed(account, event, _id_of(channel), received_at))
            case _ if kind in _SAY_NOTHING:
                return Heard()
            case _:
                origin = self._source(account, clean_line(kind, 80), f":{sha256(raw).hexdigest()}")
                return Heard((Unrecognised(origin, clean_line(kind, 80)),))

    def resume(
        self,
        account: ChannelAccount,
        channels: Iterable[Json],
        open_calls: Collection[str],
        received_at: datetime,
    ) -> Heard:
        """Go on after a connection was lost, by the list of channels that there are now.

        `open_calls` are the channels of calls that have begun and not ended, as far as we were told: what of
        them is listed no more has ended, nobody knows when. What our application holds begins now.
        """
        items: list[Item] = []
        held: list[str] = []
        present = set()
        for channel in channels:
            self._legs.remember(channel)
            channel_id = text_at(channel, "id")
            if not _is_id(channel_id):
                continue
            present.add(channel_id)
            if channel_id in open_calls:
                self._calls.add(channel_id)
            application, *args = text_at(channel, "dialplan", "app_data").split(",")
            if text_at(channel, "dialplan", "app_name") == "Stasis" and application in self._applications:
                items.extend(self._begun(account, channel, args, "", "", received_at).items)
                held.append(channel_id)
        gone = sorted(set(open_calls) - present)
        items.extend(self._ended(account, channel_id, "unheard", None) for channel_id in gone)
        return Heard(tuple(items), tuple(held))

    def bridged(self, account: ChannelAccount, bridges: Iterable[Json]) -> Heard:
        """Who is with a customer now, by the list of bridges; since when, nobody knows."""
        return Heard(tuple(one for bridge in bridges for one in self._together(account, bridge, "", at=None)))

    # -------------------------------------------------------------------------------- what happened

    def _begun(
        self,
        account: ChannelAccount,
        channel: Any,
        args: Any,
        told_at: str,
        also: str,
        received_at: datetime,
    ) -> Heard:
        channel_id = _id_of(channel)
        told = _named(args)
        number, name = text_at(channel, "caller", "number"), text_at(channel, "caller", "name")
        call = self._session(account, channel_id)
        further = (also, text_at(channel, "channelvars", LINKED_ID))
        begun = call_begun(
            self._source(account, channel_id, BEGUN),
            caller(clean_line(number), call, clean_line(name), account.settings.get("region")),
            call,
            iso_time(text_at(channel, "creationtime") or told_at, received_at),
            settings=account.settings,
            employee_id=clean_line(told.get("employee", ""), 100),
            case_id=_case_id(told.get("case", "")),
            also=[self._session(account, one) for one in further if one and one != channel_id],
        )
        items: list[Item] = [begun]
        if also in self._calls:  # its end is not the call's: another channel has taken its place
            self._calls.discard(also)
            ids = (call, self._session(account, also))
            origin = self._source(account, also, ENDED)
            items.append(SessionEvent(origin, SessionStep.LINKED, ids, may_wait=True))
        self._calls.add(channel_id)
        return Heard(tuple(items), (channel_id,))

    def _together(
        self, account: ChannelAccount, bridge: Any, entered: str, at: datetime | None
    ) -> Iterable[SessionEvent]:
        """Each employee who is in a bridge with a customer; if it is given, only who `entered` or is met."""
        if text_at(bridge, "bridge_type") == "holding":
            return
        inside = bridge.get("channels") if isinstance(bridge, dict) else None
        legs = [one for one in inside if isinstance(one, str)] if isinstance(inside, list) else []
        for call in [one for one in legs if one in self._calls]:
            for leg in legs if entered in ("", call) else [entered]:
                employee = "" if leg in self._calls else self._legs.employee(account.settings, leg, call)
                if employee:
                    yield SessionEvent(
                        self._source(account, call, f":{text_at(bridge, 'id')}:{leg}:joined"),
                        SessionStep.JOINED,
                        (self._session(account, call),),
                        employee,
                        occurred_at=at,
                        may_wait=True,
                    )

    def _destroyed(
        self, account: ChannelAccount, event: Json, channel_id: str, received_at: datetime
    ) -> tuple[Item, ...]:
        self._legs.forget(channel_id)
        if channel_id not in self._calls:
            return ()
        self._calls.discard(channel_id)
        outcome = clean_line(text_at(event, "cause_txt"), 40).lower() or "completed"
        at = iso_time(text_at(event, "timestamp"), received_at)
        return (self._ended(account, channel_id, outcome, at),)

    def _spoken(
        self, account: ChannelAccount, event: Json, channel_id: str, received_at: datetime
    ) -> tuple[Item, ...]:
        """A stretch of speech, told by whoever transcribes as an event of the customer's channel."""
        if channel_id not in self._calls:
            return ()
        told = event.get("userevent")
        segment, speaker = clean_line(text_at(told, "segment"), 100), text_at(told, "speaker")
        text = clean_text(text_at(told, "text"), _SPEECH_LIMIT)
        if not segment or not text or speaker not in _SPEAKERS:
            raise Malformed(
                "malformed_event", "speech needs segment, text, and speaker: customer or employee"
            )
        return (
            Speech(
                self._source(account, channel_id, f":{segment}:speech"),
                (self._session(account, channel_id),),
                by_employee=speaker == "employee",
                employee_id=clean_line(text_at(told, "employee"), 100) if speaker == "employee" else "",
                segment_id=clean_line(f"{self._session(account, channel_id)}:{segment}", 200),
                text=text,
                language=clean_line(text_at(told, "language"), 20),
                occurred_at=iso_time(text_at(event, "timestamp"), received_at),
                may_wait=True,
            ),
        )

    def _ended(
        self, account: ChannelAccount, channel_id: str, outcome: str, at: datetime | None
    ) -> SessionEvent:
        return SessionEvent(
            self._source(account, channel_id, ENDED),
            SessionStep.ENDED,
            (self._session(account, channel_id),),
            outcome=outcome,
            occurred_at=at,
            may_wait=True,
        )

    def _session(self, account: ChannelAccount, channel_id: str) -> str:
        """How a channel is known among all sessions."""
        return clean_line(f"{account.account}:{self.pbx}/{channel_id}", 400)

    def _source(self, account: ChannelAccount, what: str, happened: str) -> Source:
        """The inbox key of something that happened to a channel, or that is of a type."""
        return call_source(self._tenant_id, PROVIDER, account.account, f"{self.pbx}/{what}{happened}")


def _id_of(channel: Any) -> str:
    """The channel's id. Raises Malformed without one."""
    channel_id = text_at(channel, "id")
    if not _is_id(channel_id):
        raise Malformed("malformed_event", "the event names no channel")
    return channel_id


def _is_id(channel_id: str) -> bool:
    """Asterisk's own limit is 149; in the inbox white space would not be as it came."""
    return 0 < len(channel_id) < 150 and clean_line(channel_id) == channel_id


def _named(args: Any) -> dict[str, str]:
    """What the dialplan said in Stasis(application,name=value,...)."""
    texts = [one for one in args[:20] if isinstance(one, str)] if isinstance(args, list) else []
    return {name.strip(): value.strip() for name, _, value in (one.partition("=") for one in texts)}


def _case_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


INTEGRATION = Integration(PROVIDER, Channel.PHONE, SECRETS)
