"""The words of docs and events that follow-up decides by."""

from __future__ import annotations

from enum import StrEnum


class Channel(StrEnum):
    """How a customer reached us; the same words as `amends.common.v1.Channel`."""

    UNSPECIFIED = "unspecified"
    PHONE = "phone"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    EMAIL = "email"
    MESSENGER = "messenger"
    INSTAGRAM = "instagram"
    X = "x"
    TELEGRAM = "telegram"
    WEBCHAT = "webchat"
    WEBFORM = "webform"
    API = "api"
    LINE = "line"
    VIBER = "viber"


class Severity(StrEnum):
    """How much it matters to the customer; sets the interval between promises."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


class ReplyKind(StrEnum):
    """Why a person wrote; the same words as `amends.resolution.v1.ReplyKind`."""

    UNSPECIFIED = "unspecified"
    REPLY = "reply"
    PROPOSAL = "proposal"
    INTRODUCTION = "introduction"
    PROGRESS = "progress"
    CIRCLE_BACK = "circle_back"
    FINAL_RESPONSE = "final_response"
    ACKNOWLEDGEMENT = "acknowledgement"
    HOLDING_REPLY = "holding_reply"
    SUMMARY_RESOLUTION = "summary_resolution"
    DELAY_NOTICE = "delay_notice"


class PromiseKind(StrEnum):
    """PROGRESS while the case is open, CIRCLE_BACK after it was resolved."""

    PROGRESS = "progress"
    CIRCLE_BACK = "circle_back"


class PromiseState(StrEnum):
    """What became of a promise."""

    PENDING = "pending"
    KEPT = "kept"
    BROKEN = "broken"
    SUPERSEDED = "superseded"


class ClockName(StrEnum):
    """The clocks of the ledger (domain.md, rule 2); beside them run any number of `regulator:*`."""

    RESPONSE_60S = "response_60s"
    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    PROGRESS_UPDATE = "progress_update"
    PROPOSAL = "proposal"
    RESOLUTION_FIRST = "resolution_first"
    RESOLUTION_TOTAL = "resolution_total"
    OWNER_TIME = "owner_time"


class Solved(StrEnum):
    """What a customer's words say about whether it is solved; CONTRADICTORY is held back for the owner."""

    UNSPECIFIED = "unspecified"
    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"
    CONTRADICTORY = "contradictory"


class Verdict(StrEnum):
    """Below, meets or exceeds expectations (P5.4), when said."""

    UNSPECIFIED = "unspecified"
    BELOW = "below"
    MEETS = "meets"
    EXCEEDS = "exceeds"


class Via(StrEnum):
    """Which provider carries a message; the words intake uses for the same providers in receipts."""

    SMTP = "smtp"
    TWILIO = "twilio"
    WHATSAPP = "whatsapp"
    MESSENGER = "messenger"
    INSTAGRAM = "instagram"
    TELEGRAM = "telegram"
    LINE = "line"
    VIBER = "viber"
    X = "x"
    WEBCHAT = "webchat"


# Which way a channel answers by itself. A phone caller is written to at the number they called from.
_BY_CHANNEL = {
    Channel.EMAIL: Via.SMTP,
    Channel.SMS: Via.TWILIO,
    Channel.PHONE: Via.TWILIO,
    Channel.WHATSAPP: Via.WHATSAPP,
    Channel.MESSENGER: Via.MESSENGER,
    Channel.INSTAGRAM: Via.INSTAGRAM,
    Channel.TELEGRAM: Via.TELEGRAM,
    Channel.LINE: Via.LINE,
    Channel.VIBER: Via.VIBER,
    Channel.X: Via.X,
    Channel.WEBCHAT: Via.WEBCHAT,
}
# Channels without a way back of their own (a form, an integration) answer where the party can be reached.
_BY_PARTY = {
    "email": Via.SMTP,
    "phone": Via.TWILIO,
    "whatsapp": Via.WHATSAPP,
    "messenger": Via.MESSENGER,
    "instagram": Via.INSTAGRAM,
    "telegram": Via.TELEGRAM,
    "line": Via.LINE,
    "viber": Via.VIBER,
    "x": Via.X,
    "webchat": Via.WEBCHAT,
}


# What the provider can be given; an anonymous caller is a handle, and a handle cannot be rung or mailed.
_REACHABLE = {Via.SMTP: {"email"}, Via.TWILIO: {"phone", "whatsapp"}}


# Twilio's name of a WhatsApp sender; Meta's own is a number without a word before it.
TWILIO_WHATSAPP = "whatsapp:"


def route(channel: Channel, party_kind: str, account: str = "") -> Via | None:
    """The provider that reaches this party: the channel's own, else by what kind of party it is.
    `account` is ours that was written to.

    None when there is no way to write to them.
    """
    if channel is Channel.WHATSAPP and account.startswith(TWILIO_WHATSAPP):
        return Via.TWILIO
    via = _BY_CHANNEL.get(channel)
    if via is not None and party_kind in _REACHABLE.get(via, {party_kind}):
        return via
    return _BY_PARTY.get(party_kind)
