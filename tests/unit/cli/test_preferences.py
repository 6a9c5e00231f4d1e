"""`amends preferences`: what is said now changes what is known, and nothing else of it."""

from __future__ import annotations

import pytest
import typer
from amends.common.v1.common_pb2 import CHANNEL_EMAIL, CHANNEL_SMS, CHANNEL_WHATSAPP
from amends.followup.v1 import service_pb2 as pb

from services.cli.preferences import change, lines

KNOWN = pb.ContactPreferences(
    customer_id="c1",
    preferred=[CHANNEL_SMS],
    time_zone="Europe/Berlin",
    quiet_since="21:00",
    quiet_until="08:00",
)


def test_what_is_left_out_stays_as_it_was() -> None:
    assert change(KNOWN, None, None, "", "") == KNOWN
    new = change(KNOWN, ["whatsapp", "Email"], ["sms"], "", "22:00-07:30")
    assert (list(new.preferred), list(new.refused)) == ([CHANNEL_WHATSAPP, CHANNEL_EMAIL], [CHANNEL_SMS])
    assert (new.time_zone, new.quiet_since, new.quiet_until) == ("Europe/Berlin", "22:00", "07:30")


def test_none_empties() -> None:
    new = change(KNOWN, ["none"], ["none"], "none", "none")
    assert new == pb.ContactPreferences(customer_id="c1")
    assert lines(new) == [
        "prefers none",
        "refuses none",
        "time zone the tenant's",
        "quiet hours the tenant's",
    ]
    assert lines(KNOWN)[0::3] == ["prefers sms", "quiet hours 21:00-08:00"]


@pytest.mark.parametrize(("prefer", "quiet"), [(["pigeon"], ""), (["unspecified"], ""), (None, "21:00")])
def test_what_cannot_be_is_refused_before_it_is_asked(prefer: list[str] | None, quiet: str) -> None:
    with pytest.raises(typer.BadParameter):
        change(KNOWN, prefer, None, "", quiet)
