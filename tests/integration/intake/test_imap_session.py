"""One connection to a real IMAP server: being told of new mail, being cut, marking what is ours alone."""

from __future__ import annotations

import asyncio
import imaplib
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.chassis.testing.waiting import wait_for
from services.intake.adapters.accounts import ChannelAccount, Secret
from services.intake.adapters.channels.imap import mailbox_of
from services.intake.adapters.imap.session import ImapSession, MailboxAway
from services.intake.domain.records import Channel
from tests.support.imapserver import PASSWORD, ImapServer, imap_server

pytestmark = pytest.mark.integration

CARE = "care@harbour.example"
LONG_S = 600.0  # much longer than a test waits: who returns was told


@pytest_asyncio.fixture
async def server() -> AsyncIterator[ImapServer]:
    """With three mails."""
    async with imap_server(CARE) as running:
        await running.append(*(f"Subject: {number}\r\n\r\nx\r\n".encode() for number in range(3)))
        yield running


@pytest_asyncio.fixture
async def session(server: ImapServer) -> AsyncIterator[ImapSession]:
    """Logged in, with the folder open."""
    settings = {"host": "127.0.0.1", "port": str(server.port), "security": "none"}
    account = ChannelAccount("main", "imap", CARE, Channel.EMAIL, settings, (Secret("password", PASSWORD),))
    opened = await asyncio.to_thread(ImapSession.connect, mailbox_of(account), "")
    await asyncio.to_thread(opened.uids_all)  # what opening told is no news
    yield opened
    await asyncio.to_thread(opened.close)


def told(session: ImapSession) -> asyncio.Task[None]:
    """IDLE in its thread, for as long as it takes."""
    return asyncio.create_task(asyncio.to_thread(session.idle, LONG_S, lambda: True, LONG_S))


async def ended(task: asyncio.Task[None]) -> None:
    await wait_for(task.done, timeout=60, what="the waiting ends")


async def test_new_mail_is_told_while_waiting(server: ImapServer, session: ImapSession) -> None:
    waiting = told(session)
    await server.append(b"Subject: new\r\n\r\nx\r\n")
    await ended(waiting)
    waiting.result()
    assert len(await asyncio.to_thread(session.uids_after, session.last_uid)) == 1


async def test_mail_that_came_just_before_the_waiting_is_not_overheard(
    server: ImapServer, session: ImapSession
) -> None:
    await asyncio.to_thread(session.uids_after, session.last_uid)
    await server.append(b"Subject: new\r\n\r\nx\r\n")
    uids = await asyncio.to_thread(session.uids_after, session.last_uid - 1)
    await asyncio.to_thread(session.mark_seen, uids[:1])  # whose answer also tells of what is new
    waiting = told(session)
    await ended(waiting)
    waiting.result()


async def test_who_waits_is_cut_off_from_another_thread(session: ImapSession) -> None:
    waiting = told(session)
    await wait_for(lambda: not waiting.done())
    session.hang_up()
    await ended(waiting)
    assert isinstance(waiting.exception(), MailboxAway)


@pytest.mark.parametrize("able", [True, False])
async def test_moving_a_mail_expunges_no_other(server: ImapServer, session: ImapSession, able: bool) -> None:
    """A mail that a person has only marked as deleted is still that person's to keep."""
    first, second, _ = await asyncio.to_thread(session.uids_all)

    def mark(client: imaplib.IMAP4) -> None:
        client.select("INBOX")
        client.uid("STORE", str(first), "+FLAGS", r"(\Deleted)")
        client.create("Done")

    await server.run(mark)
    if not able:
        session.capabilities -= {"MOVE"}
    await asyncio.to_thread(session.move, [second], "Done")
    assert len(await server.flags("Done")) == 1
    assert [b"\\Deleted" in one for one in await server.flags()] == [True, False]


async def test_a_folder_tells_sizes_in_order_and_leaves_out_what_is_gone(session: ImapSession) -> None:
    uids = await asyncio.to_thread(session.uids_all)
    listed = await asyncio.to_thread(session.listed, [*reversed(uids), uids[-1] + 7])
    assert [one.uid for one in listed] == uids
    assert {one.size_bytes for one in listed} == {len(b"Subject: 0\r\n\r\nx\r\n")}
    assert await asyncio.to_thread(session.mail, uids[1]) == b"Subject: 1\r\n\r\nx\r\n"
    assert await asyncio.to_thread(session.mail, uids[-1] + 7) is None
