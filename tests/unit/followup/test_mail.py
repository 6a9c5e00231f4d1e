"""The mail of a contact: who it is from, how it threads, and that no text can add a header."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.clock import SystemClock
from services.followup.adapters.senders.mail import MailSender, MailServer, compose, thread_token
from services.followup.domain.contact import REPLY, Contact, Refused
from services.followup.domain.words import Channel, Via
from tests.unit.followup.cases import at

SERVER = MailServer("127.0.0.1", 25, "", "", False, "hello@air.example", "secret")
CONTACT = Contact(
    contact_id="k1",
    tenant_id="acme",
    case_id="0190c0de-0000-7000-8000-000000000001",
    kind=REPLY,
    human=True,
    channel=Channel.EMAIL,
    via=Via.SMTP,
    account="care@air.example",
    party_value="ana@home.example",
    party_name="Ana Lima",
    subject="Re: Four hours late",
    text="I am sorry, Ana.\nThe lounge is yours.",
    in_reply_to="<a@home.example>",
    thread_key="t",
    author="Maria",
    queued_at=at(0),
)
DATE = "Sun, 22 Nov 2026 12:00:00 +0000"


def mail_of(contact: Contact) -> EmailMessage:
    """What a receiver reads."""
    raw = bytes(compose(contact, SERVER, DATE))
    return cast(EmailMessage, message_from_bytes(raw, policy=default))


def plain_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def html_of(text: str) -> str:
    mail = mail_of(replace(CONTACT, text=text))
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    body = mail.get_body(("html",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def test_it_comes_from_the_person_at_the_address_that_was_written_to() -> None:
    mail = mail_of(CONTACT)
    assert mail["From"] == "Maria <care@air.example>"
    assert mail["To"] == "Ana Lima <ana@home.example>"
    assert mail["Message-ID"] == f"<c.{CONTACT.case_id}.m.k1@air.example>"
    assert plain_of(mail).splitlines() == CONTACT.text.splitlines()


def test_answers_to_it_find_their_case() -> None:
    mail = mail_of(CONTACT)
    assert mail["Reply-To"] == f"care+{thread_token(CONTACT.case_id, 'secret')}@air.example"
    assert (mail["In-Reply-To"], mail["References"]) == ("<a@home.example>", "<a@home.example>")


@pytest.mark.parametrize("answered", ["a@home.example", "<a@home.example>"])
def test_the_answered_message_is_named_with_or_without_brackets(answered: str) -> None:
    assert mail_of(replace(CONTACT, in_reply_to=answered))["In-Reply-To"] == "<a@home.example>"


@pytest.mark.parametrize("answered", ["", "sha256:abc", "<a b@c>", "CA123"])
def test_what_is_no_message_id_is_left_out(answered: str) -> None:
    assert mail_of(replace(CONTACT, in_reply_to=answered))["In-Reply-To"] is None


def test_a_persons_mail_may_be_answered_by_robots_and_an_automatic_one_may_not() -> None:
    assert mail_of(CONTACT)["Auto-Submitted"] is None
    automatic = mail_of(replace(CONTACT, human=False))
    assert automatic["Auto-Submitted"] == "auto-replied"
    assert automatic["X-Auto-Response-Suppress"] == "All"


def test_a_channel_without_a_mail_address_writes_from_the_default_one() -> None:
    assert mail_of(replace(CONTACT, account="api-key-7"))["From"] == "Maria <hello@air.example>"


def test_the_code_of_the_reply_address_needs_the_secret() -> None:
    assert thread_token("case", "secret") != thread_token("case", "other")
    assert thread_token("case", "secret").startswith("c.case.")
    assert len(thread_token("case", "secret").rsplit(".", 1)[1]) == 16


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_no_text_adds_a_header(subject: str, name: str, author: str) -> None:
    evil = "x\r\nBcc: everyone@evil.example\r\n\r\n"
    hostile = replace(
        CONTACT, subject=evil + subject, party_name=name + evil, author=evil + author, in_reply_to=evil
    )
    mail = mail_of(hostile)
    assert mail["Bcc"] is None
    assert sorted(set(mail.keys())) == sorted(mail.keys())


ENCODED = "=?utf-8?b?SGkNCkJjYzogZXZlcnlvbmVAZXZpbC5leGFtcGxl?="  # "Hi", CR LF, "Bcc: everyone@evil.example"


def test_an_encoded_word_is_not_decoded_into_a_header() -> None:
    """The customer's own subject comes decoded once; a second layer of encoding stays text."""
    hostile = replace(
        CONTACT,
        subject=f"Re: {ENCODED}",
        party_name=ENCODED,
        author=ENCODED,
        in_reply_to=f"<{ENCODED}@home.example>",
    )
    raw = bytes(compose(hostile, SERVER, DATE))
    assert b"\r\nBcc:" not in raw
    mail = cast(EmailMessage, message_from_bytes(raw, policy=default))
    assert mail["Bcc"] is None
    assert mail["In-Reply-To"] is None
    assert not set("\r\n") & set(str(mail["Subject"]) + str(mail["To"]) + str(mail["From"]))


@given(
    st.lists(
        st.sampled_from(["=?utf-8?q?", "?=", "=0D=0A", "=0A", ENCODED, "\0", "\x85", "é", "(", '"', ","])
    )
)
def test_no_mixture_of_markup_adds_a_header_or_a_bare_line_break(parts: list[str]) -> None:
    text = "".join(parts)
    head = bytes(compose(replace(CONTACT, subject=text, party_name=text, author=text), SERVER, DATE))
    lines = head.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert not [line for line in lines if b"\r" in line or b"\n" in line]
    names = [line.partition(b":")[0] for line in lines if line[:1] not in b" \t"]
    assert len(set(names)) == len(names)
    assert b"Bcc" not in names


@pytest.mark.parametrize("letter", ["x", "é", "語", "x "])
def test_no_line_is_longer_than_mail_servers_take(letter: str) -> None:
    long = replace(CONTACT, subject=letter * 4000, party_name=letter * 4000, author=letter * 4000)
    assert max(map(len, bytes(compose(long, SERVER, DATE)).split(b"\r\n"))) <= 998


def test_its_words_stand_there_twice_plain_and_as_html_made_of_them() -> None:
    shown = html_of("Dear Ana,\n\nit is ours.\nSay so here: https://air.example/a?b=1&c=2.\n")
    assert "<p>Dear Ana,</p>" in shown
    assert "it is ours.<br>\nSay so here: " in shown
    assert '<a href="https://air.example/a?b=1&amp;c=2">https://air.example/a?b=1&amp;c=2</a>.' in shown


def test_the_same_message_is_the_same_mail_when_it_is_sent_again() -> None:
    assert bytes(compose(CONTACT, SERVER, DATE)) == bytes(compose(CONTACT, SERVER, DATE))


class Tags(HTMLParser):
    """What a mail program would make of it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "onclick")]

    def handle_data(self, data: str) -> None:
        self.words += data


HOSTILE = ["<img src=https://evil.example/x>", "<script>", "</body>", "&lt;", '"', "'", "javascript:x"]


@given(
    st.lists(st.sampled_from([*HOSTILE, "https://a.example/", "http://", "é", "&", ")", " ", "\n", "\x00"]))
)
def test_no_words_become_markup_or_load_anything(parts: list[str]) -> None:
    text = "".join(parts)
    found = Tags(html_of(text))
    assert set(found.tags) <= {"html", "head", "meta", "body", "p", "br", "a"}
    assert all(link.startswith(("https://", "http://")) for link in found.links)
    assert "".join(found.words.split()) == "".join(text.replace("\x00", "").split())


def test_an_internationalised_address_is_written_as_it_is() -> None:
    raw = bytes(compose(replace(CONTACT, party_value="jörg@büro.example", party_name="Jörg"), SERVER, DATE))
    assert "To: Jörg <jörg@büro.example>\r\n".encode() in raw


@pytest.mark.parametrize(
    "address",
    ["", "ana", "ana@", "@home.example", "a b@home.example", "a@b@c", "[a@home.example", f"{ENCODED}@x"],
)
async def test_an_address_that_is_none_is_refused_for_good(address: str) -> None:
    """Otherwise the message would be tried for ever, and nobody would be told."""
    outcome = await MailSender(SERVER, SystemClock()).send(replace(CONTACT, party_value=address))
    assert outcome == Refused("bounced", "not_an_address")
