"""Mails of machines: bounces tied to the mail of ours they are about, and answers nobody wrote."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.adapters.channels.mail import Envelope, MailNormaliser
from services.intake.adapters.wordlists import load_classifier
from services.intake.domain.errors import IntakeError
from services.intake.domain.records import CustomerWord, Receipt, ReceiptOutcome
from services.intake.domain.suppression import suppressed_reason

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
NORMALISER = MailNormaliser(load_classifier(), ("secret",))
OURS = "<c.01930000-0000-7000-8000-0000000000aa.m.01930000-0000-7000-8000-0000000000bb@harbour.example>"


def read(mail: str, sender: str = "") -> CustomerWord | Receipt:
    envelope = Envelope(sender, ("care@harbour.example",), "smtp", NOW)
    return NORMALISER.read(mail.replace("\n", "\r\n").encode(), envelope)


BOUNCES = {
    "qmail": f"""From: MAILER-DAEMON@mx.example
Subject: failure notice

Hi. This is the qmail-send program at mx.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ada@example.org>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <bounces@harbour.example>
Message-ID: {OURS}
""",
    "Exim": f"""From: Mail Delivery System <Mailer-Daemon@mx.example>
X-Failed-Recipients: ada@example.org
Auto-Submitted: auto-replied
Subject: Mail delivery failed: returning message to sender

A message that you sent could not be delivered to one or more of its recipients.

  ada@example.org
    550 5.1.1 User unknown

------ This is a copy of the message, including all the headers. ------

Message-Id: {OURS}
""",
    "Exim that returns nothing": f"""From: Mailer-Daemon@mx.example
X-Failed-Recipients: ada@example.org
In-Reply-To: {OURS}
Subject: Mail delivery failed

The mailbox could not be found. 5.1.1
""",
    "Exchange": f"""From: postmaster@mx.example
Subject: Undeliverable: Your complaint
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

Your message did not reach the following recipient(s): ada@example.org (5.1.1)
--b
Content-Type: message/rfc822

Message-ID: {OURS}
Subject: Your complaint

Dear Ada
--b--
""",
    "a report in German that returns the headers alone": f"""From: postmaster@mx.example
Subject: Unzustellbar
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain; charset=utf-8

Ihre Nachricht konnte nicht zugestellt werden.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; ada@example.org
Action: failed
Status: 5.1.1
--b
Content-Type: text/rfc822-headers

Message-ID: {OURS}
--b--
""",
}


@pytest.mark.parametrize("host", BOUNCES)
def test_a_bounce_is_a_receipt_of_the_mail_it_returns(host: str) -> None:
    receipt = read(BOUNCES[host])
    assert isinstance(receipt, Receipt)
    assert receipt.provider_message_id == OURS
    assert (receipt.outcome, receipt.reason) == (ReceiptOutcome.FAILED, "5.1.1")


@pytest.mark.parametrize("host", BOUNCES)
def test_a_bounce_of_somebody_elses_mail_is_no_receipt_and_no_complaint(host: str) -> None:
    word = read(BOUNCES[host].replace(OURS, "<1@example.org>"))
    assert isinstance(word, CustomerWord)
    assert word.suppressed_reason


@pytest.mark.parametrize(
    "mail",
    [
        f"From: mailer-daemon@mx.example\nSubject: Warning: message delayed\n\n{OURS}\n5.4.1\n",
        f"From: Ada <ada@example.org>\nIn-Reply-To: {OURS}\nSubject: Automatic reply: Case\n\nI am away.\n",
        f"From: mailer-daemon@mx.example\nSubject: Trouble\n\nuser unknown, 4.3.0\nMessage-ID: {OURS}\n",
    ],
    ids=["still trying", "an absence", "a passing error"],
)
def test_what_has_not_failed_is_no_failure(mail: str) -> None:
    word = read(mail)
    assert isinstance(word, CustomerWord)
    assert word.suppressed_reason


def test_a_customer_who_quotes_a_failure_is_a_customer() -> None:
    mail = f"From: Ada <ada@example.org>\nIn-Reply-To: {OURS}\n\nYour parcel could not be delivered!\n"
    word = read(mail, sender="ada@example.org")
    assert isinstance(word, CustomerWord)
    assert word.suppressed_reason == ""


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"auto-submitted": "auto-replied; owner-email=x"}, "auto_submitted"),
        ({"auto-submitted": "no"}, ""),
        ({"x-autoreply": "yes"}, "auto_reply"),
        ({"x-autoreply": "no"}, ""),
        ({"x-autorespond": "absence"}, "auto_reply"),
        ({"x-auto-response-suppress": "All"}, "auto_response_suppress"),
        ({"x-auto-response-suppress": "None"}, ""),
        ({"precedence": "Bulk"}, "bulk"),
        ({"list-id": "<news.shop.example>"}, "mailing_list"),
        ({"list-unsubscribe": "<mailto:off@shop.example>"}, "mailing_list"),
        ({"from": "Mail Delivery <MAILER-DAEMON@mx.example>"}, "delivery_report"),
        ({"return-path": "< >"}, "null_sender"),
    ],
)
def test_each_sign_of_a_machine_is_known(headers: dict[str, str], reason: str) -> None:
    assert suppressed_reason(headers, null_sender=False, own_mail=False) == reason


AWAY = [
    "Automatic reply: Case",
    "Out of Office: Case",
    "Abwesenheitsnotiz: Fall",
    "Réponse automatique : Dossier",
]
AWAY += [
    "Respuesta automática: Caso",
    "Risposta automatica: Caso",
    "Automatisch antwoord: Zaak",
    "自動返信: 件",
]
AWAY += [
    "Automatyczna odpowiedź: Sprawa",
    "Automatická odpověď: Případ",
    "Automatiskt svar: Ärende",
    "自动回复: 案件",
]


@pytest.mark.parametrize("subject", AWAY)
def test_the_subject_of_an_absence_counts_with_another_sign_and_not_alone(subject: str) -> None:
    answering = {"subject": subject, "in-reply-to": "<1@harbour.example>"}
    assert suppressed_reason(answering, null_sender=False, own_mail=False) == "auto_reply"
    assert suppressed_reason({"subject": subject}, null_sender=False, own_mail=False) == ""
    assert (
        suppressed_reason({**answering, "subject": f"Re: {subject}"}, null_sender=False, own_mail=False) == ""
    )


@given(
    st.sampled_from(["multipart/report", "multipart/mixed", "message/rfc822", "text/plain"]),
    st.lists(
        st.sampled_from([OURS, "Action: failed", "5.1.1", "user unknown", "--b", "", "\0", "Message-ID:"])
    ),
)
def test_any_report_is_read_or_refused(kind: str, lines: list[str]) -> None:
    with suppress(IntakeError):
        told = read(f"Content-Type: {kind}; boundary=b\n\n" + "\n".join(lines))
        assert isinstance(told, CustomerWord) or told.provider_message_id == OURS
