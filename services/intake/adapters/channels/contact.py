"""Addresses and numbers in the one form that identity compares: lower-case addresses, E.164 numbers."""

from __future__ import annotations

import re

import phonenumbers

from services.intake.domain.records import Channel, Party, ThreadKey
from services.intake.domain.text import clean_name

# How long a chat counts as the same conversation without a word.
CHAT_WINDOW_S = 30 * 24 * 3600
_ADDRESS = re.compile(r"[^\s@<>\",;:()\x00-\x1f\x7f]{1,64}@[^\s@<>\",;:()\x00-\x1f\x7f]{1,255}")
_E164 = re.compile(r"\+[1-9]\d{6,14}")


def email_address(text: str) -> str:
    """A mail address in lower case, "" when it is none."""
    address = text.strip().lower()
    return address if _ADDRESS.fullmatch(address) else ""


def phone_number(text: str, region: str | None = None) -> str:
    """A number in E.164; `region` ("GB") reads national numbers. "" when it is no possible number."""
    if _E164.fullmatch(text):
        return text
    try:
        number = phonenumbers.parse(text[:40], region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def open_chat(channel: Channel, account: str, party: Party, *, claims_only: bool = False) -> ThreadKey:
    """The handle of the newest open conversation between one of our accounts and a customer."""
    return ThreadKey(
        f"open:{channel}:{account}",
        "/".join(party.identity),
        "open_case",
        window_s=CHAT_WINDOW_S,
        claims_only=claims_only,
    )


def caller(text: str, session_id: str, name: str = "", region: str | None = None) -> Party:
    """Who calls or texts: a number (`region` reads national ones), or a handle ("client:ada", "sip:...");
    an anonymous one is nobody else.
    """
    number = phone_number(text, region)
    shown = clean_name(name)
    if number:
        return Party("phone", number, shown)
    known = text.strip().lower()
    if known in ("", "anonymous", "restricted", "unavailable", "unknown", "+266696687"):
        return Party("handle", f"anonymous:{session_id}", shown)
    return Party("handle", known[:200], shown)
