"""Domain events as the contract's messages (amends.resolution.v1): one function per published event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

from google.protobuf.message import Message

from services.resolution.adapters.wire import (
    authority,
    closing,
    hints,
    learning,
    life,
    merging,
    ownership,
    remedies,
    replies,
    solution,
    staff,
)
from services.resolution.adapters.wire.playbooks import playbook_message as playbook_message
from services.resolution.adapters.wire.replies import finding as finding
from services.resolution.adapters.wire.values import amount as amount
from services.resolution.adapters.wire.values import person as person
from services.resolution.adapters.wire.values import stamp as stamp
from services.resolution.domain import events as e

TOPIC = "amends.resolution.events.v1"
SOURCE = "resolution"

_MAKE: Mapping[type, Callable[[str, Any], Message]] = {
    **life.MAKE,
    **ownership.MAKE,
    **remedies.MAKE,
    **replies.MAKE,
    **hints.MAKE,
    **solution.MAKE,
    **closing.MAKE,
    **authority.MAKE,
    **merging.MAKE,
    **staff.MAKE,
    **learning.MAKE,
}
_PUBLISHED = {*get_args(e.Published), *get_args(e.staff.Published)}
assert set(_MAKE) == _PUBLISHED, "every published event has its message"


def publishes(event: e.Event | e.staff.Published) -> bool:
    """Whether this event is ours to publish; what was only heard is not."""
    return type(event) in _MAKE


def message(case_id: str, event: e.Event | e.staff.Published) -> Message:
    """The published message of an event; KeyError for one that is not published."""
    return _MAKE[type(event)](case_id, event)
