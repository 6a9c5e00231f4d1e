"""Mail to records: our own samples, hostile bytes, and any mail at all without an exception escaping."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.adapters.channels.body import read_body
from services.intake.adapters.channels.charsets import decode_bytes
from services.intake.adapters.channels.headers import address_of, decode_words, origin_time, read_headers
from services.intake.adapters.channels.mail import Envelope, MailNormaliser
from services.intake.adapters.channels.markup import html_to_text
from services.intake.adapters.channels.quotes import newest_words
from services.intake.adapters.wordlists import load_classifier
from services.intake.domain.errors import IntakeError, Malformed, TooLarge
from services.intake.domain.records import CustomerWord, Receipt, ReceiptOutcome
from tests.unit.intake.corpora import SAMPLES, corpus

MAILS = SAMPLES / "mail"
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
NORMALISER = MailNormaliser(load_classifier(), ("secret",))


def envelope(sender: str = "sender@example.org") -> Envelope:
    return Envelope(sender, ("care@harbour.example",), "smtp", NOW)


def word(mail: bytes, sender: str = "sender@example.org") -> CustomerWord:
    read = NORMALISER.read(mail, envelope(sender))
    assert isinstance(read, CustomerWord)
    return read


def sample(name: str) -> CustomerWord:
    return word((MAILS / name).read_bytes())


def test_a_plain_mail_keeps_who_what_and_when() -> None:
    read = sample("plain.eml")
    assert read.parties[0].value == "chiamaka@obi.example"
    assert (read.full_name, read.first_name) == ("Chiamaka Obi", "Chiamaka")
    assert read.text == "My parcel was due on Friday and is still not here."
    assert read.occurred_at == NOW - timedelta(minutes=2)
    assert read.provider_message_id == "<parcel-1@obi.example>"
    assert read.category == "delay"


def test_of_a_reply_the_new_words_are_shown_and_all_words_kept() -> None:
    read = sample("reply.eml")
    assert read.subject == "Re: Chambre 412 — Room 412"
    assert read.text_stripped == "I have not had an answer yet."
    assert "> We are looking into it." in read.text
    assert read.parent_id == "<room-1@courrier.example>"
    assert [key.key for key in read.keys] == [
        "room-2@courrier.example",
        "room-1@courrier.example",
        "room-0@courrier.example",
    ]


def test_html_becomes_what_a_reader_would_see() -> None:
    read = sample("html-only.eml")
    assert read.text == "The cake for our wedding was damaged & half of it was missing.\n\nLucía"
    assert read.first_name == "Lucía"


@pytest.mark.parametrize(
    ("name", "fragment"),
    [
        ("latin-1.eml", "Rückerstattung. Grüße"),
        ("unknown-charset.eml", "It is broken, wherever you read this."),
    ],
)
def test_any_charset_can_be_read(name: str, fragment: str) -> None:
    assert fragment in sample(name).text


def test_without_a_message_id_the_bytes_are_the_identity() -> None:
    raw = (MAILS / "no-message-id.eml").read_bytes()
    assert word(raw).source.event_id == word(raw).source.event_id
    assert word(raw).source.event_id.startswith("sha256:")
    assert word(raw + b"!").source.event_id != word(raw).source.event_id


def test_received_lines_do_not_change_a_mails_identity_and_another_text_does() -> None:
    raw = (MAILS / "plain.eml").read_bytes()
    assert word(b"Received: from elsewhere\r\n" + raw).source.event_id == word(raw).source.event_id
    assert word(raw + b"P.S. Again.\r\n").source.event_id != word(raw).source.event_id


def test_an_automatic_mail_says_why_it_must_not_be_answered() -> None:
    assert sample("auto-reply.eml").suppressed_reason == "auto_submitted"
    raw = (MAILS / "plain.eml").read_bytes()
    assert word(raw, sender="").suppressed_reason == "null_sender"
    assert word(b"Precedence: bulk\r\n" + raw).suppressed_reason == "bulk"
    assert word(b"Auto-Submitted: no\r\n" + raw).suppressed_reason == ""


def test_a_bounce_of_our_mail_is_a_receipt() -> None:
    receipt = NORMALISER.read((MAILS / "bounce.eml").read_bytes(), envelope(""))
    assert isinstance(receipt, Receipt)
    assert receipt.outcome is ReceiptOutcome.FAILED
    assert receipt.provider_message_id.startswith("<c.01930000-0000-7000-8000-0000000000aa.m.")
    assert receipt.reason == "5.1.1"


def test_an_attachment_is_named_and_hashed_and_the_text_stays_text() -> None:
    read = sample("attachment.eml")
    assert read.text == "One wheel is torn off, see the photo."
    (file,) = read.attachments
    assert (file.name, file.media_type, file.size_bytes) == ("wheel.png", "image/png", 68)


def test_broken_base64_costs_the_file_and_not_the_complaint() -> None:
    assert sample("broken-base64.eml").text == "The seat was broken."


def test_a_line_break_hidden_in_a_header_is_a_space() -> None:
    read = sample("header-injection.eml")
    assert read.subject == "Hello Bcc: all@harbour.example"
    assert "\n" not in read.parties[0].display_name + read.full_name


def test_reply_to_is_answered_before_from() -> None:
    mail = b"From: Form <form@shop.example>\r\nReply-To: Ada <Ada@Example.org>\r\n\r\nHi\r\n"
    assert word(mail).parties[0].value == "ada@example.org"


def test_the_customer_behind_a_group_is_answered_and_not_the_group() -> None:
    mail = (
        b"From: 'Ada Lovelace' via Care <care@harbour.example>\r\n"
        b"X-Original-From: Ada Lovelace <ada@example.org>\r\n\r\nHi\r\n"
    )
    assert (word(mail).parties[0].value, word(mail).first_name) == ("ada@example.org", "Ada")
    kept = mail.replace(b"X-Original-From", b"Reply-To").replace(
        b"Ada Lovelace <", b"'Ada Lovelace' via Care <"
    )
    assert word(kept).full_name == "Ada Lovelace"


def test_of_a_mail_passed_on_all_words_are_shown() -> None:
    head = b"Subject: Fwd: Your order\r\nReferences: <1@x>\r\n\r\n"
    mail = head + b"See:\r\n-----Original Message-----\r\nOrder 42\r\n"
    assert "Order 42" in word(mail).text_stripped


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Sun, 22 Nov 2026 10:01:30 +0000", NOW + timedelta(seconds=90)),
        ("Sun, 22 Nov 2026 10:03:00 +0000", None),
        ("Sun, 15 Nov 2026 10:00:01 +0000", NOW - timedelta(days=7) + timedelta(seconds=1)),
        ("Sat, 14 Nov 2026 10:00:00 +0000", None),
        ("Sun, 22 Nov 2026 05:59:00 -0400", NOW - timedelta(minutes=1)),
        ("yesterday", None),
        ("", None),
        ("Sun, 99 Nov 99999999 10:00:00 +9999", None),
    ],
)
def test_the_date_is_the_origin_only_when_it_can_be(date: str, expected: datetime | None) -> None:
    assert origin_time(date, NOW) == expected


# ------------------------------------------------------------------------------------------ hostile


def nested(depth: int) -> bytes:
    opened = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%05d"\r\n\r\n--b%05d\r\n' % (level, level)
        for level in range(depth)
    )
    return b"Subject: deep\r\n" + opened + b"Content-Type: text/plain\r\n\r\nhello\r\n"


HOSTILE = {
    "5,000 levels": nested(5_000),
    "21 levels": nested(22),
    "200,000 parts": b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\nx\r\n" * 200_000,
    "20,000 parameters": b"Content-Type: text/plain" + b"; a=b" * 20_000 + b"\r\n\r\nx\r\n",
    "10,000 addresses": b"To: " + b"a@b.example, " * 10_000 + b"\r\n\r\nx\r\n",
    "parentheses": b"To: " + b"(" * 60_000 + b"\r\n\r\nx\r\n",
    "encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 5_000 + b"\r\n\r\nx\r\n",
    "endless encoded word": b"Subject: " + b"=?" * 4_000 + b"\r\n\r\nx\r\n",
    "endless header": b"X: " + b"a" * 200_000,
    "nested div": b"Content-Type: text/html\r\n\r\n" + b"<div>" * 200_000,
    "open comments": b"Content-Type: text/html\r\n\r\n" + b"<!--" * 200_000,
    "blank lines": b"In-Reply-To: <a@b>\r\n\r\n" + b"\r\n" * 50_000,
    "quote openings": b"In-Reply-To: <a@b>\r\n\r\n" + b"On " * 50_000,
    "zip charset": b"Content-Type: text/plain; charset=zip\r\n\r\nx\x9c\x00\r\n",
    "punycode charset": b"Content-Type: text/plain; charset=punycode\r\n\r\n" + b"a" * 50_000,
    "null bytes": b"Subject: \0\0\r\n\r\n\0\0\0 text\0\r\n",
    "references": b"References: " + b"<a@b> " * 1_200 + b"\r\n\r\nx\r\n",
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_mail_is_read_or_refused_and_holds_nobody_up(name: str) -> None:
    """Plain parsers take minutes for some of these; the time limit is there to end a hang."""
    try:
        read = word(HOSTILE[name])
    except TooLarge:
        return
    assert "\0" not in read.subject + read.text


def test_the_limits_are_where_the_design_puts_them() -> None:
    assert read_body(nested(19)).text.strip() == "hello"
    for mail, rule in (
        (nested(22), "too_deep"),
        (HOSTILE["200,000 parts"], "too_many_parts"),
        (b"Content-Type: text/plain\r\n\r\n" + b"x" * (10 * 1024 * 1024 + 1), "text_too_large"),
    ):
        with pytest.raises(TooLarge) as refused:
            read_body(mail)
        assert refused.value.rule == rule
    for mail in (b"X: " + b"a" * 9_000 + b"\r\n\r\n", b"X: y\r\n" * 201 + b"\r\n", b"X: " + b"a" * 70_000):
        with pytest.raises(TooLarge):
            read_headers(mail)


@given(st.binary(max_size=2_000))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for mail in (
        data,
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + data,
        b"Subject: " + data,
    ):
        try:
            read = NORMALISER.read(mail, envelope())
        except IntakeError:
            continue
        if isinstance(read, CustomerWord):
            told = read.subject + read.full_name + read.parties[0].value
            assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in told)
            (read.subject + read.text).encode("utf-8")


@given(st.text(max_size=500), st.text(max_size=60))
def test_any_header_and_any_label_decode_to_something(text: str, label: str) -> None:
    assert isinstance(decode_words(text), str)
    assert isinstance(decode_bytes(text.encode("utf-8", "surrogatepass"), label), str)
    assert isinstance(address_of(text), tuple)
    assert isinstance(html_to_text(text), str)
    assert isinstance(newest_words(text), str)


@pytest.mark.parametrize(
    "label", ["zip", "punycode", "unicode_escape", "idna", "rot13", "undefined", "base64", "mbcs"]
)
def test_a_codec_that_is_no_charset_is_not_used(label: str) -> None:
    assert decode_bytes(b"plain words", label) == "plain words"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a &lt;b&gt; c", "a <b> c"),
        ("a < b and c > d", "a < b and c > d"),
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("x<script>bad()</script>y", "xy"),
        ("x<script>bad()", "x"),
        ("<!-- hidden --!>still hidden-->seen", "seen"),
        ('<img alt="x>y">z', 'y">z'),
        ("one<br/>two", "one\ntwo"),
    ],
)
def test_markup_is_dropped_in_one_pass(html: str, text: str) -> None:
    assert html_to_text(html) == text


# ------------------------------------------------------------------------------------------ corpora


def test_every_mail_of_the_corpora_goes_through() -> None:
    """None escapes as an exception or holds the others up; nearly all of them have words to read."""
    read = refused = 0
    for file in [*sorted(MAILS.glob("*.eml")), *corpus("email", "*")]:
        try:
            NORMALISER.read(file.read_bytes(), envelope())
            read += 1
        except (TooLarge, Malformed):
            refused += 1
    assert read > 20 * refused


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("info@shop.example <noreply@mailer.example>", "noreply@mailer.example"),
        ('"info@shop.example" <noreply@mailer.example>', "noreply@mailer.example"),
        ("Ada via info@shop.example <noreply@mailer.example>", "noreply@mailer.example"),
        ("ada@example.org, Ben <ben@example.org>", "ada@example.org"),
        ("ada@example.org; <ben@example.org>", "ada@example.org"),
        ("ada@example.org (Ada)", "ada@example.org"),
    ],
)
def test_an_address_shown_as_a_name_is_not_where_mail_goes(header: str, address: str) -> None:
    assert address_of(header)[1] == address
