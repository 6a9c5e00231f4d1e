"""Who is at a leg of a call, by the name that Asterisk gives its channel: PJSIP/ruth-0000001a."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.intake.adapters.channels.hooks import text_at
from services.intake.domain.text import clean_line

_LIMIT = 20_000
# Behind these technologies there may be a person; Local, Snoop, Recorder and the like are Asterisk's own.
_PHONES = frozenset({"PJSIP", "SIP", "IAX2", "DAHDI", "SCCP", "Console"})


class Legs:
    """The channels of one PBX that are known to be there."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}  # by channel id

    def remember(self, channel: Any) -> None:
        """Keep a channel's name, if it has one; of very many the oldest is forgotten: its end was lost."""
        channel_id, name = text_at(channel, "id"), clean_line(text_at(channel, "name"), 200)
        if channel_id and name:
            self._names[channel_id[:200]] = name
            if len(self._names) > _LIMIT:
                del self._names[next(iter(self._names))]

    def forget(self, channel_id: str) -> None:
        """The channel is gone."""
        self._names.pop(channel_id, None)

    def employee(self, settings: Mapping[str, str], leg: str, call: str) -> str:
        """The employee at a leg who is in a bridge with the customer's leg `call`; "" for anything else.

        Settings: `trunks`, endpoints that lead outside, and `endpoint:<name>`, an employee's id. By the
        endpoint that the customer came in others are reached outside, too, and nobody of ours.
        """
        endpoint = _endpoint(self._names.get(leg, ""))
        technology, _, resource = endpoint.partition("/")
        trunks = {one.strip() for one in settings.get("trunks", "").split(",")}
        if technology not in _PHONES or not resource or endpoint in trunks:
            return ""
        if endpoint == _endpoint(self._names.get(call, "")):
            return ""
        return settings.get(f"endpoint:{endpoint}", resource)


def _endpoint(name: str) -> str:
    """`PJSIP/ruth` of `PJSIP/ruth-0000001a`."""
    return name.rpartition("-")[0]
