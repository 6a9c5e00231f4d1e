"""Which failures bar an address, what frees it, and how the providers' windows let a message out."""

from __future__ import annotations

import pytest

from services.followup.domain.reach import Reach, Window, lasting, place, window
from services.followup.domain.words import Via
from tests.unit.followup.cases import DAY, at

HOUR = 3600


@pytest.mark.parametrize(
    ("via", "error_class", "reason", "bars"),
    [
        (Via.SMTP, "bounced", "smtp_550 5.1.1", True),
        (Via.SMTP, "bounced", "smtp_550", True),
        (Via.SMTP, "bounced", "5.1.10", True),
        (Via.SMTP, "bounced", "complained", True),
        (Via.SMTP, "bounced", "smtp_552 5.2.2", False),  # full
        (Via.SMTP, "bounced", "smtp_550 5.7.1", False),  # our reputation, not the address
        (Via.SMTP, "rejected", "smtp_550", False),  # said of the mail, behind DATA
        (Via.SMTP, "bounced", "5.1.11", False),
        (Via.TWILIO, "blocked", "status_400 code_21610", True),
        (Via.TWILIO, "bounced", "30005", True),
        (Via.TWILIO, "bounced", "30003", False),  # switched off
        (Via.WHATSAPP, "bounced", "131026", True),
        (Via.WHATSAPP, "blocked", "131047", False),  # the window
        (Via.TELEGRAM, "blocked", "status_403", True),
        (Via.VIBER, "blocked", "status_200 viber_6", True),
        (Via.VIBER, "bounced", "status_200 viber_11", False),
        (Via.LINE, "rejected", "status_400", False),
    ],
)
def test_an_address_is_barred_by_what_will_be_true_of_the_next_message_too(
    via: Via, error_class: str, reason: str, bars: bool
) -> None:
    assert lasting(via, error_class, reason) is bars


def test_a_barred_address_is_free_when_somebody_confirms_it_or_its_holder_writes() -> None:
    assert not Reach().barred
    assert Reach(wrote_at=at(0), barred_at=at(1)).barred
    assert not Reach(wrote_at=at(2), barred_at=at(1)).barred
    assert not Reach(barred_at=at(1), confirmed_at=at(2)).barred
    assert Reach(wrote_at=at(0), barred_at=at(3), confirmed_at=at(2)).barred


def test_a_mailbox_is_one_address_for_all_our_accounts_and_a_handle_is_not() -> None:
    assert place(Via.SMTP, "care@air.example", "Ana@Home.example") == ("", "ana@home.example")
    assert place(Via.MESSENGER, "page-1", "psid") != place(Via.MESSENGER, "page-2", "psid")


@pytest.mark.parametrize(
    ("via", "silent", "human", "how"),
    [
        (Via.WHATSAPP, 23 * HOUR, True, Window.OPEN),
        (Via.WHATSAPP, 24 * HOUR, True, Window.TEMPLATE),
        (Via.MESSENGER, 23 * HOUR, False, Window.OPEN),
        (Via.MESSENGER, 24 * HOUR, True, Window.AGENT),
        (Via.MESSENGER, 24 * HOUR, False, Window.CLOSED),  # the tag is for people
        (Via.INSTAGRAM, 7 * DAY, True, Window.CLOSED),
        (Via.TELEGRAM, 30 * DAY, True, Window.OPEN),
    ],
)
def test_a_window_is_as_open_as_the_provider_leaves_it(
    via: Via, silent: float, human: bool, how: Window
) -> None:
    assert window(via, at(0), at(silent), human=human) is how
    assert window(via, None, at(silent), human=human) is Window.OPEN
