"""The demonstration as data: the tenant's people, its customers, what goes wrong and how it is handled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import msgspec
import yaml

from services.standalone.tenants import Employee

SCENARIO_FILE = Path(__file__).resolve().parent / "scenario.yaml"


class Way(StrEnum):
    """How a customer reaches us."""

    EMAIL = "email"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    MESSENGER = "messenger"
    PHONE = "phone"
    REST = "rest"


class Send(StrEnum):
    """How often the same complaint arrives: what providers and impatient clients do."""

    ONCE = "once"
    TWICE = "twice"
    STORM = "storm"  # the same webhook fifty times at once


class Shape(StrEnum):
    """How a mail is written."""

    PLAIN = "plain"
    BROKEN = "broken"  # an open multipart, a charset nobody knows, no Message-ID: still a person's complaint


class Signing(StrEnum):
    """Twilio's two ways to sign."""

    TOKEN = "token"  # noqa: S105 - HMAC-SHA1 with the auth token
    SHARED = "shared"  # HMAC-SHA256 with a shared key


@dataclass(frozen=True, slots=True)
class Handling:
    """How the owner handles a case where it differs from the plain way.

    `grants` are remedies given on the spot; `hand_off_to` brings in the first of these colleagues by the
    protocol (the second, should the first own the case);
    `pass_up_to` is tried first and must be refused; `blame` is said first and must be stopped;
    `alternative` is offered when the first offer was not enough.
    """

    offer: str = ""
    alternative: str = ""
    grants: tuple[str, ...] = ()
    hand_off_to: tuple[str, ...] = ()
    pass_up_to: str = ""
    blame: str = ""
    fix: str = ""
    hurry: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """One customer and one complaint. `at` seconds after the start it comes in, by `way`, `sends` times.

    `verdicts` answer the proposals, `closings` the question whether it is solved, each in turn; a customer
    without an answer left keeps silent.
    """

    id: str
    way: Way
    name: str
    address: str  # mail address, E.164 number or Messenger id
    text: str
    at: float
    subject: str = ""
    sends: Send = Send.ONCE
    point_of_contact: str = ""
    charset: str = "utf-8"
    shape: Shape = Shape.PLAIN
    signing: Signing = Signing.TOKEN
    verdicts: tuple[str, ...] = ("Yes, that meets what I expected.",)
    closings: tuple[str, ...] = ("Yes, it is solved. 9 out of 10.", "Yes, all good. 9 out of 10.")
    handling: Handling = field(default_factory=Handling)


@dataclass(frozen=True, slots=True)
class Words:
    """What employees say, with {greeting}, {owner}, {receiver} and {offer} filled in."""

    reply: str
    proposal: str
    introduction: str
    taken_over: str
    circle_back: str
    circle_back_again: str
    ask_again: str
    spoken_reply: str
    spoken_proposal: str
    goodbye: str
    fix: str
    cause: str
    prevention: str
    debrief: str


@dataclass(frozen=True, slots=True)
class Accounts:
    """Our own addresses and numbers, and the shared key that Twilio may sign with."""

    mailbox: str
    number: str  # that customers call
    sms_number: str
    whatsapp_id: str
    page_id: str
    twilio_sid: str
    shared_key_id: str
    shared_key: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything the demonstration plays."""

    tenant: str
    accounts: Accounts
    employees: tuple[Employee, ...]
    offers: Mapping[str, str]  # what is offered, by the case's category; "" for any other
    words: Words
    stories: tuple[Story, ...]

    def by_address(self) -> dict[str, Story]:
        """Each story by its customer's address: nobody complains twice here."""
        return {story.address: story for story in self.stories}


def load(file: Path = SCENARIO_FILE) -> Scenario:
    """Read and check the scenario. Raises msgspec.ValidationError naming the wrong field, ValueError when two
    stories share an id or an address.
    """
    scenario = msgspec.convert(yaml.safe_load(file.read_text(encoding="utf-8")), Scenario)
    for values in ([one.id for one in scenario.stories], [one.address for one in scenario.stories]):
        if len(set(values)) != len(values):
            raise ValueError("every story has an id and an address of its own")
    return scenario
