"""Retries and receipts of one outgoing message."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.followup.domain.contact import Receipt, TryAgain, delivered_at, retry_at
from tests.unit.followup.cases import DAY, at
from tests.unit.followup.test_mail import CONTACT


@pytest.mark.parametrize(("attempt", "wait"), [(1, 1), (2, 2), (3, 4), (9, 256), (10, 300), (400, 300)])
def test_retries_double_up_to_five_minutes(attempt: int, wait: float) -> None:
    when = retry_at(replace(CONTACT, attempt=attempt), TryAgain("busy"), at(10), 0.0)
    assert when == at(10 + wait)


def test_jitter_spreads_them_by_up_to_half() -> None:
    assert retry_at(replace(CONTACT, attempt=1), TryAgain("busy"), at(0), 1.0) == at(1.5)


def test_what_the_provider_asks_for_is_waited() -> None:
    assert retry_at(replace(CONTACT, attempt=1), TryAgain("busy", after_s=30), at(0), 0.0) == at(30)


def test_after_a_day_it_is_not_worth_sending() -> None:
    assert retry_at(replace(CONTACT, attempt=3), TryAgain("busy"), at(DAY - 1), 0.0) is None


def test_nothing_is_delivered_before_it_was_sent() -> None:
    receipt = Receipt("whatsapp", "w1", "delivered", "", at(10))
    assert delivered_at(at(10) + timedelta(milliseconds=700), receipt) == at(10) + timedelta(milliseconds=700)
    assert delivered_at(at(9), receipt) == at(10)
