"""Mails made to cost more than they weigh: each is read or refused as its rule says, for work in proportion
to that of a plain mail of the same size.
"""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from services.intake.adapters.channels.mail import Envelope, MailNormaliser
from services.intake.adapters.wordlists import load_classifier
from services.intake.domain.errors import TooLarge
from services.intake.domain.records import CustomerWord
from tests.unit.intake.bombs import HEAD, MIB, MULTIPART, REFUSED, with_file, zipped

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
NORMALISER = MailNormaliser(load_classifier(), ("secret",))
ENVELOPE = Envelope("eve@example.net", ("care@harbour.example",), "smtp", NOW)
# Ordinary words, so that every reader has the work that it always has.
WORDS = b"The seat was wet and nobody came, although I asked them twice on board.\r\n"
# Of a plain mail's work for as many bytes. A reader that goes back over what it read takes thousands.
TIMES = 20.0


def plain(size: int) -> bytes:
    return HEAD + b"\r\n" + WORDS * max(1, (size - len(HEAD)) // len(WORDS))


# What regular expressions for addresses, quotes, markup, encoded words and signatures go back over.
BAIT = {
    "blanks in a subject": HEAD.replace(b"Wet", b"Re: " * 1_500 + b" " * 2_000 + b"x") + b"\r\nWet.",
    "an address without end": HEAD.replace(b"eve@example.net", b"a." * 3_000 + b"@") + b"\r\nWet.",
    "quotation marks in an address": HEAD.replace(b"Eve", b'"\\' * 3_500) + b"\r\nWet.",
    "brackets without end": HEAD + b"References: " + b"<" * 8_000 + b"\r\n\r\nWet.",
    "encoded words without end": HEAD.replace(b"Wet", b"=?utf-8?q?" * 700) + b"\r\nWet.",
    "quotes that never begin": HEAD + b"In-Reply-To: <1@x>\r\n\r\n" + b"On a, b wrote " * 20_000,
    "quotes within quotes": HEAD + b"In-Reply-To: <1@x>\r\n\r\n" + b"> " * 100_000 + b"\r\n",
    "signatures": HEAD + b"\r\n" + b"-- \r\n" * 50_000 + b"x",
    "blank words": HEAD + b"\r\n" + b" " * 200_000 + b"x",
    "blank lines": HEAD + b"\r\n" + b"\r\n" * 100_000 + b"x",
    "digits like a number": HEAD + b"\r\n" + b"+44 (0) " * 30_000,
    "addresses like links": HEAD + b"\r\n" + b"http://" * 30_000,
    "letters": HEAD + b"\r\n" + b"a" * 200_000 + b"!",
    "exclamations": HEAD + b"\r\n" + b"!?" * 100_000,
    "open tags": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<a " * 60_000,
    "open attributes": HEAD + b"Content-Type: text/html\r\n\r\n" + b'<a b="' * 30_000,
    "ampersands": HEAD + b"Content-Type: text/html\r\n\r\n" + b"&#" * 100_000,
    "boundaries that never match": MULTIPART + b"--c\r\n" * 40_000,
    "parameters": HEAD + b"Content-Type: text/plain; a*0*=" + b"''%" * 2_000 + b"\r\n\r\nWet.",
}


def read(mail: bytes) -> CustomerWord:
    found = NORMALISER.read(mail, ENVELOPE)
    assert isinstance(found, CustomerWord)
    return found


def work(mail: bytes) -> float:
    """Processor seconds of reading it: the least of three, since whatever else runs only adds."""
    spent = []
    for _ in range(3):
        begun = time.thread_time()
        with suppress(TooLarge):
            NORMALISER.read(mail, ENVELOPE)
        spent.append(time.thread_time() - begun)
    return min(spent)


def in_proportion(mail: bytes) -> None:
    # A few hundred bytes' work is that of the call itself: small mails are held to one of 16 KiB.
    assert work(mail) <= TIMES * work(plain(max(len(mail), 16 * 1024)))


@pytest.mark.parametrize("name", REFUSED)
def test_a_mail_over_a_limit_is_refused_by_its_rule_for_little_work(name: str) -> None:
    mail, rule = REFUSED[name]
    with pytest.raises(TooLarge) as refused:
        read(mail)
    assert refused.value.rule == rule
    in_proportion(mail)


@pytest.mark.parametrize("name", BAIT)
def test_bait_for_regular_expressions_costs_what_a_plain_mail_does(name: str) -> None:
    assert read(BAIT[name]).parties
    in_proportion(BAIT[name])


def test_a_zip_file_is_kept_as_it_came_and_never_unpacked() -> None:
    """256 MiB in 256 KiB: whoever opened it would show in the work."""
    bomb = zipped(256 * MIB)
    (file,) = read(with_file(bomb)).attachments
    assert (file.name, file.data) == ("42.zip", bomb)
    assert work(with_file(bomb)) <= TIMES * work(with_file(bytes(len(bomb))))


# Latin a as Cyrillic, a right-to-left override before an extension, a mark that hides, tags, a formula.
LOOKALIKE = "Harbour.example \u0430nd H\u0430rbour"
TURNED = "invoice\u202efdp.exe"
HIDDEN = "pay\u200bpal\u2067\u2069"
FORMULA = "=cmd|'/c calc'!A0"


@pytest.mark.parametrize(
    "text", [LOOKALIKE, TURNED, HIDDEN, FORMULA, "<script>alert(1)</script>", "' or 1=1 --"]
)
def test_what_deceives_the_eye_or_a_spreadsheet_stays_the_customers_words_and_makes_no_second_line(
    text: str,
) -> None:
    """The words are evidence. Names and subjects are shown beside ours: nothing in them turns or hides."""
    mail = (
        f"From: {text} <eve@example.net>\r\nTo: care@harbour.example\r\nSubject: {text}\r\n"
        f"Message-ID: <1@x>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    )
    word = read(mail.encode())
    assert word.text == text
    assert word.parties[0].value == "eve@example.net"
    turning = {chr(point) for point in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
    assert not turning & set(word.full_name + word.subject + word.first_name)
