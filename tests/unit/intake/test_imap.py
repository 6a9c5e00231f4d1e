"""Mailboxes by IMAP without a server: settings, envelopes, what a folder lists, tokens over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.errors import InvalidArgument
from services.intake.adapters.accounts import ChannelAccount, Secret
from services.intake.adapters.accountsfile import read_accounts
from services.intake.adapters.channels.imap import Begin, Mailbox, envelope_of, mailbox_of
from services.intake.adapters.channels.mail import Envelope, MailNormaliser
from services.intake.adapters.imap.session import Listed, LoginRefused, MailboxAway, listed_in
from services.intake.adapters.imap.tokens import Tokens
from services.intake.adapters.wordlists import load_classifier
from services.intake.domain.records import Channel, CustomerWord

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
CARE = "care@harbour.example"
PASSWORD = Secret("password", "secret")
TOKEN_URL = {"token_url": "https://login.example/token", "client_id": "amends"}


def account(settings: dict[str, str] | None = None, *secrets: Secret) -> ChannelAccount:
    told = {"host": "imap.example", **(settings or {})}
    return ChannelAccount("main", "imap", CARE, Channel.EMAIL, told, secrets or (PASSWORD,))


def test_every_sample_is_a_mailbox_that_can_be_collected() -> None:
    found = [mailbox_of(one) for one in read_accounts(ROOT / "samples" / "mailboxes.yaml")]
    assert [(one.port, one.security) for one in found] == [(993, "tls")] * 3
    assert [one.begin for one in found] == [Begin.NEW, Begin.NEW, Begin.UNSEEN]


@pytest.mark.parametrize(
    "settings",
    [
        {"host": ""},
        {"host": "imap.example/x"},
        {"port": "0"},
        {"port": "143a"},
        {"security": "ssl"},
        {"after": "delete"},
        {"after": "move"},
        {"move_to": "Done"},
        {"after": "move", "move_to": "INBOX"},
        {"begin": "yesterday"},
        {"folder": "IN\r\nBOX"},
        {"user": "a\r\nA1 DELETE INBOX"},
        {"gmail_threads": "maybe"},
        {"hots": "imap.example"},
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, str]) -> None:
    with pytest.raises(InvalidArgument, match="bad_mailbox"):
        mailbox_of(account(settings))


@pytest.mark.parametrize(
    ("settings", "secrets"),
    [
        ({}, [PASSWORD, Secret("access_token", "t")]),
        ({}, [Secret("password", "a\nb")]),
        ({}, [Secret("refresh_token", "t")]),
        ({**TOKEN_URL, "token_url": "http://login.example/token"}, [Secret("client_secret", "t")]),
        (TOKEN_URL, [Secret("client_secret", "t"), PASSWORD]),
    ],
)
def test_there_is_exactly_one_way_to_log_in(settings: dict[str, str], secrets: list[Secret]) -> None:
    with pytest.raises(InvalidArgument, match="bad_mailbox"):
        mailbox_of(account(settings, *secrets))


@given(st.dictionaries(st.sampled_from(["host", "port", "security", "after", "folder", "user"]), st.text()))
def test_any_settings_are_a_mailbox_or_refused(settings: dict[str, str]) -> None:
    with suppress(InvalidArgument):
        assert mailbox_of(account(settings)).port > 0


def test_no_secret_is_shown_with_the_account() -> None:
    shown = repr(mailbox_of(account({}, Secret("password", "told-to-nobody"))))
    assert "told-to-nobody" not in shown


# ------------------------------------------------------------------------------------------ envelopes


@pytest.mark.parametrize(
    ("headers", "sender"),
    [
        (b"Return-Path: <Ada@example.org>\r\nFrom: x@y.example\r\n", "Ada@example.org"),
        (b"Return-Path: <>\r\nFrom: MAILER-DAEMON@example.org\r\n", ""),
        (b"From: Ada <ada@example.org>\r\n", "ada@example.org"),
        (b"Subject: x\r\n", ""),
    ],
)
def test_the_envelope_is_what_the_last_server_left_of_it(headers: bytes, sender: str) -> None:
    envelope = envelope_of(mailbox_of(account()), headers + b"\r\nx", NOW)
    assert (envelope.sender, envelope.recipients, envelope.provider) == (sender, (CARE,), "imap")


GROUPED = (
    "From: 'Ada Byron' via Care <care@harbour.example>\r\nX-Original-From: Ada Byron <ada@example.org>\r\n"
    "Reply-To: Ada Byron <ada@example.org>\r\nPrecedence: list\r\nList-ID: Care <CARE.harbour.example>\r\n"
    "List-Unsubscribe: <mailto:x@groups.example>\r\nSubject: Broken\r\n{}\r\nIt broke.\r\n"
)


@pytest.mark.parametrize(
    ("list_id", "further", "reason"),
    [
        ("care.harbour.example", "", ""),
        ("", "", "bulk"),
        ("harbour.example", "", "bulk"),
        ("care.harbour.example", "Auto-Submitted: auto-replied\r\n", "auto_submitted"),
        ("care.harbour.example", "X-Auto-Response-Suppress: All\r\n", "auto_response_suppress"),
    ],
)
def test_the_marks_of_the_group_that_the_address_is_say_nothing(
    list_id: str, further: str, reason: str
) -> None:
    envelope = Envelope("care+bounces@groups.example", (CARE,), "imap", NOW, list_id)
    word = MailNormaliser(load_classifier(), ("s",)).read(GROUPED.format(further).encode(), envelope)
    assert isinstance(word, CustomerWord)
    assert (word.suppressed_reason, word.parties[0].value) == (reason, "ada@example.org")


def test_a_bulk_mail_to_a_group_stays_one() -> None:
    mail = GROUPED.format("").replace("Precedence: list", "Precedence: bulk").encode()
    envelope = Envelope("a@b.example", (CARE,), "smtp", NOW, "care.harbour.example")
    word = MailNormaliser(load_classifier(), ("s",)).read(mail, envelope)
    assert isinstance(word, CustomerWord)
    assert word.suppressed_reason == "bulk"


# ------------------------------------------------------------------------------------------ listings


def test_a_listing_tells_number_size_arrival_and_gmails_thread() -> None:
    line = (
        b'3 (X-GM-THRID 1278455344230334865 UID 7 RFC822.SIZE 4286 INTERNALDATE "17-Jul-2026 02:44:25 -0700")'
    )
    arrived = datetime(2026, 7, 17, 9, 44, 25, tzinfo=UTC)
    assert listed_in(line) == Listed(7, 4286, arrived, "1278455344230334865")
    assert listed_in(b'3 (UID 7 RFC822.SIZE 1 INTERNALDATE "soon")') == Listed(7, 1)
    assert listed_in(b"3 (FLAGS (\\Seen))") is None


# ------------------------------------------------------------------------------------------ tokens


@asynccontextmanager
async def endpoint(status: int, answer: Any) -> AsyncIterator[tuple[str, list[dict[str, str]]]]:
    """A token endpoint that notes what it is asked."""
    asked: list[dict[str, str]] = []

    async def give(request: web.Request) -> web.Response:
        asked.append({name: str(value) for name, value in (await request.post()).items()})
        return web.json_response(answer, status=status)

    app = web.Application()
    app.router.add_post("/token", give)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/token", asked
    finally:
        await runner.cleanup()


def with_tokens(url: str, *secrets: Secret) -> Mailbox:
    return mailbox_of(account({"token_url": url, "client_id": "amends", "scope": "mail"}, *secrets))


async def test_a_token_is_asked_for_once_while_it_lasts_and_anew_when_it_was_refused() -> None:
    async with (
        endpoint(200, {"access_token": "t1", "expires_in": 3600}) as (url, asked),
        ClientSession() as s,
    ):
        tokens = Tokens(s, with_tokens(url, Secret("refresh_token", "r"), Secret("client_secret", "c")))
        assert [await tokens.current() for _ in range(2)] == ["t1", "t1"]
        tokens.forget()
        await tokens.current()
    wanted = {"grant_type": "refresh_token", "client_id": "amends", "client_secret": "c",
              "refresh_token": "r", "scope": "mail"}  # fmt: skip
    assert asked == [wanted, wanted]


async def test_an_application_gets_its_token_by_its_own_secret() -> None:
    async with endpoint(200, {"access_token": "t", "expires_in": 60}) as (url, asked), ClientSession() as s:
        tokens = Tokens(s, with_tokens(url, Secret("client_secret", "c")))
        assert [await tokens.current() for _ in range(2)] == ["t", "t"]
    assert [one["grant_type"] for one in asked] == ["client_credentials"] * 2, "too short-lived to be kept"


@pytest.mark.parametrize(
    ("status", "answer", "error", "rule"),
    [
        (400, {"error": "invalid_grant"}, LoginRefused, "token_refused"),
        (503, {}, MailboxAway, "token_endpoint"),
        (200, {"access_token": 7}, MailboxAway, "token_endpoint"),
        (200, ["t"], MailboxAway, "token_endpoint"),
        (302, {}, MailboxAway, "token_endpoint"),
    ],
)
async def test_an_endpoint_without_a_token_is_told_as_what_it_is(
    status: int, answer: Any, error: type[MailboxAway], rule: str
) -> None:
    async with endpoint(status, answer) as (url, _), ClientSession() as s:
        with pytest.raises(error, match=rule):
            await Tokens(s, with_tokens(url, Secret("client_secret", "c"))).current()


async def test_a_mailbox_with_a_password_needs_no_token() -> None:
    async with ClientSession() as session:
        assert await Tokens(session, mailbox_of(account())).current() == ""
