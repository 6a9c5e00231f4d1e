"""The mail server on real sockets, without a database: time-outs, crowds, faults of ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvloop

from services.chassis.clock import SystemClock
from services.chassis.errors import Retryable
from services.intake.adapters.accounts import ChannelAccount
from services.intake.adapters.channels.mail import MailNormaliser
from services.intake.adapters.smtp import MailRoom, MailServer, serve_mail
from services.intake.adapters.wordlists import load_classifier
from services.intake.app.handlers import Reception
from services.intake.domain.records import Answer, Channel, Outcome, Submission


class OneMailbox:
    """care@harbour.example, or no answer at all."""

    def __init__(self) -> None:
        self.away = False

    async def mailbox(self, address: str) -> ChannelAccount | None:
        if self.away:
            raise Retryable("database_away")
        known = address == "care@harbour.example"
        return ChannelAccount("t", "mail", address, Channel.EMAIL) if known else None


class Keeper:
    """An Acceptor that keeps what it is given, or fails as told."""

    def __init__(self) -> None:
        self.kept: list[Submission] = []
        self.failure: Exception | None = None

    async def submit(self, submission: Submission) -> tuple[Answer, ...]:
        if self.failure is not None:
            raise self.failure
        self.kept.append(submission)
        return tuple(Answer(Outcome.CASE_BEGUN, submission.received_at) for _ in submission.items)


@asynccontextmanager
async def serving(keeper: Keeper, mailboxes: OneMailbox, **more: Any) -> AsyncIterator[MailServer]:
    reception = Reception(keeper, SystemClock(), load_classifier())
    room = MailRoom(mailboxes, reception, MailNormaliser(load_classifier(), ("s",)), "intake.example", **more)
    async with serve_mail("127.0.0.1:0", room) as server:
        yield server


async def lines(port: int, *commands: str) -> list[str]:
    """What the server says to each command, the greeting first; multi-line replies by their last line."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    told = [await last_line(reader)]
    for command in commands:
        writer.write(command.encode() + b"\r\n")
        told.append(await last_line(reader))
    writer.close()
    return told


async def last_line(reader: asyncio.StreamReader) -> str:
    line = (await reader.readline()).decode().rstrip()
    while line[3:4] == "-":
        line = (await reader.readline()).decode().rstrip()
    return line


MAIL = ("EHLO x", "MAIL FROM:<ada@example.org>", "RCPT TO:<care@harbour.example>", "DATA", "Hello\r\n.")


async def test_silence_is_ended_with_421() -> None:
    async with serving(Keeper(), OneMailbox(), timeout_s=0.05) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        assert (await last_line(reader)).startswith("220")
        assert (await last_line(reader)).startswith("421 4.4.2")
        assert await reader.read() == b""
        writer.close()


async def test_an_endless_mail_is_ended_with_421_too() -> None:
    async with serving(Keeper(), OneMailbox(), timeout_s=0.2) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        await last_line(reader)
        for command in MAIL[:4]:
            writer.write(command.encode() + b"\r\n")
            await last_line(reader)
        writer.write(b"a line, and then nothing\r\n")
        assert (await last_line(reader)).startswith("421")
        writer.close()


async def test_a_connection_too_many_is_told_so() -> None:
    async with serving(Keeper(), OneMailbox(), sessions_limit=1) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        await last_line(reader)
        assert (await lines(server.port))[0].startswith("421 4.3.2")
        writer.close()
        assert await reader.read() == b""


async def test_whoever_leaves_without_a_word_is_forgotten_and_keeps_no_stop_waiting() -> None:
    async with serving(Keeper(), OneMailbox()) as server:
        _, gone = await asyncio.open_connection("127.0.0.1", server.port)
        gone.close()
        reader, half_closed = await asyncio.open_connection("127.0.0.1", server.port)
        await last_line(reader)
        half_closed.write_eof()
        assert await reader.read() == b""
        _, silent = await asyncio.open_connection("127.0.0.1", server.port)
        await asyncio.wait_for(server.close(), 10)
        silent.close()
        half_closed.close()


async def test_when_all_sessions_together_hold_too_much_the_next_mail_waits_at_its_sender() -> None:
    keeper = Keeper()
    async with serving(keeper, OneMailbox(), buffered_limit=-1) as server:
        assert (await lines(server.port, *MAIL))[-1].startswith("452 4.3.1")
    assert keeper.kept == []


async def test_while_the_database_is_away_everything_is_451_and_nothing_is_kept() -> None:
    keeper, mailboxes = Keeper(), OneMailbox()
    async with serving(keeper, mailboxes) as server:
        mailboxes.away = True
        assert (await lines(server.port, *MAIL[:3]))[-1].startswith("451")
        mailboxes.away = False
        keeper.failure = Retryable("database_away")
        assert (await lines(server.port, *MAIL))[-1].startswith("451")
        assert (await lines(server.port, *MAIL[:2], "RCPT TO:<no@where>"))[-1].startswith("451")
        keeper.failure = None
        assert (await lines(server.port, *MAIL))[-1].startswith("250")


async def test_a_fault_of_ours_is_451_without_a_word_about_it() -> None:
    keeper = Keeper()
    keeper.failure = ZeroDivisionError("secret detail")
    async with serving(keeper, OneMailbox()) as server:
        told = await lines(server.port, *MAIL, "NOOP")
    assert told[-2] == "451 4.3.0 temporarily unavailable, please try again"
    assert told[-1].startswith("250")


async def test_a_mail_under_way_is_finished_before_the_server_stops() -> None:
    keeper = Keeper()
    async with serving(keeper, OneMailbox()) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        await last_line(reader)
        for command in MAIL[:4]:
            writer.write(command.encode() + b"\r\n")
            await last_line(reader)
        closing = asyncio.create_task(server.close())
        writer.write(b"Still here.\r\n.\r\n")
        assert (await last_line(reader)).startswith("250")
        assert (await last_line(reader)).startswith("421")
        await closing
        writer.close()
    assert len(keeper.kept) == 1


@pytest.mark.parametrize(
    "scenario",
    [
        test_silence_is_ended_with_421,
        test_an_endless_mail_is_ended_with_421_too,
        test_a_connection_too_many_is_told_so,
        test_whoever_leaves_without_a_word_is_forgotten_and_keeps_no_stop_waiting,
        test_a_mail_under_way_is_finished_before_the_server_stops,
    ],
    ids=lambda scenario: scenario.__name__,
)
def test_it_holds_on_the_loop_of_the_services_too(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Its transports are of classes of their own."""
    uvloop.run(scenario())
