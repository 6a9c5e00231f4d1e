"""Mailboxes collected by IMAP from a real server, from the delivered mail to the committed case."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.chassis.clock import SystemClock
from services.chassis.db import Database
from services.chassis.provision import Dsns
from services.chassis.service import Role
from services.chassis.testing.fixtures import DsnsFor
from services.chassis.testing.waiting import wait_for
from services.intake.adapters.accounts import ChannelAccount, Secret
from services.intake.adapters.channels.mime import MAIL_LIMIT
from services.intake.adapters.imap.collector import LEASE_S
from services.intake.adapters.imap.places import MailboxState, Places, mailbox_states
from services.intake.adapters.registration import register_account
from services.intake.domain.records import Channel
from tests.integration.intake.conftest import TENANT, Intake, running
from tests.support.imapserver import PASSWORD, ImapServer, imap_server

pytestmark = pytest.mark.integration

CARE = "help@harbour.example"
SEEN = b"\\Seen"


def mail(number: int, text: str = "The lamp arrived broken.", headers: str = "") -> bytes:
    return (
        f"Return-Path: <ada{number}@example.org>\r\nFrom: Ada <ada{number}@example.org>\r\nTo: {CARE}\r\n"
        f"Subject: Lamp {number}\r\nMessage-ID: <lamp-{number}@example.org>\r\n{headers}\r\n{text}\r\n"
    ).encode()


def account(port: int, name: str = CARE, password: str = PASSWORD, **settings: str) -> ChannelAccount:
    told = {"host": "127.0.0.1", "port": str(port), "security": "none", **settings}
    return ChannelAccount(TENANT, "imap", name, Channel.EMAIL, told, (Secret("password", password),))


async def register(database: Database, *accounts: ChannelAccount) -> None:
    for one in accounts:
        await register_account(database, one, SystemClock().now())


async def states(database: Database) -> dict[str, MailboxState]:
    async with database.system() as connection:
        return {one.account: one for one in await mailbox_states(connection)}


async def until(database: Database, name: str, state: str) -> MailboxState:
    async def reached() -> MailboxState | None:
        found = (await states(database)).get(name)
        return found if found and found.state == state else None

    return await wait_for(reached, timeout=60, what=f"{name} is {state}")


async def subjects(intake: Intake, count: int) -> list[str]:
    """The subjects of the cases that were begun, once there are `count`."""

    async def enough() -> bool:
        return len(await intake.said("ComplaintReceived")) >= count

    await wait_for(enough, timeout=60, what=f"{count} cases")
    return [one.message.subject for one in await intake.said("ComplaintReceived")]


async def test_what_comes_into_a_mailbox_is_a_case_once_and_is_marked_as_read(intake: Intake) -> None:
    async with imap_server(CARE) as server:
        await server.append(mail(1))  # was there before: nobody asked for it
        await register(intake.database, account(server.port))
        await until(intake.database, CARE, "collecting")
        await server.append(mail(2), mail(2), mail(3))
        assert await subjects(intake, 2) == ["Lamp 2", "Lamp 3"]
        await server.append(mail(2, "And the cable is missing.", "References: <lamp-2@example.org>\r\n"))
        further = await wait_for(lambda: intake.said("CustomerMessageReceived"), timeout=60)
        complaints = await intake.said("ComplaintReceived")
        assert [one.case_id for one in further] == [complaints[0].case_id]
        message = complaints[0].message
        assert (message.provider, message.channel_account) == ("imap", CARE)
        await wait_for(lambda: all_seen(server, [False, True, True, True, True]), what="they are marked")


async def all_seen(server: ImapServer, wanted: list[bool]) -> bool:
    return [SEEN in one for one in await server.flags()] == wanted


async def test_a_mailbox_that_was_lost_and_numbered_anew_is_read_again_without_doubles(
    intake: Intake,
) -> None:
    async with imap_server(CARE) as server:
        await register(intake.database, account(server.port))
        await until(intake.database, CARE, "collecting")
        await server.append(mail(1), mail(2))
        await subjects(intake, 2)
        await server.stop()
        away = await until(intake.database, CARE, "retrying")
        assert away.detail.startswith("connection: ")
        await server.start()
        await server.append(mail(3), mail(2), mail(1))
        assert await subjects(intake, 3) == ["Lamp 1", "Lamp 2", "Lamp 3"]
        await wait_for(lambda: all_seen(server, [True, True, True]), what="they are marked")
        assert len(await intake.said("ComplaintReceived")) == 3
        assert (await until(intake.database, CARE, "collecting")).detail == ""


async def test_a_crash_between_the_record_and_the_mark_doubles_nothing(
    dsns_for: DsnsFor,
) -> None:
    dsns = await dsns_for("intake")
    async with imap_server(CARE) as server:
        async with running(dsns, Role.SERVE) as intake:
            await register(intake.database, account(server.port, after="move", move_to="Amends/Done"))
            await until(intake.database, CARE, "collecting")
            await server.append(mail(1))
            await subjects(intake, 1)
            await wait_for(lambda: server.flags("Amends/Done"), what="it is moved")
            assert await server.flags() == []
        await server.append(mail(1))  # as if it had not been moved, and the place not noted
        async with running(dsns, Role.SERVE) as intake:
            await server.append(mail(2))
            assert await subjects(intake, 2) == ["Lamp 1", "Lamp 2"]
            await wait_for(lambda: moved(server, 3), what="all are moved")
            assert len(await intake.said("ComplaintReceived")) == 2


async def moved(server: ImapServer, count: int) -> bool:
    return len(await server.flags("Amends/Done")) == count and await server.flags() == []


async def test_what_cannot_be_taken_is_refused_on_record_and_holds_nobody_up(intake: Intake) -> None:
    async with imap_server(CARE) as server:
        await register(intake.database, account(server.port))
        await until(intake.database, CARE, "collecting")
        hostile = mail(2, headers="X-Long: " + "x" * 10_000 + "\r\n")
        await server.append(mail(1, "x" * MAIL_LIMIT), hostile, mail(3))
        assert await subjects(intake, 1) == ["Lamp 3"]
        refused = await intake.said("IntakeRejected")
        assert [one.code for one in refused] == ["mail_too_large", "header_too_long"]
        (kept,) = await intake.fetch(
            "select substring(body from 1 for 12) as start from refusal join raw_input using (raw_id)"
            " where code = 'mail_too_large'"
        )
        assert bytes(kept["start"]) == b"Return-Path:"
        await wait_for(lambda: all_seen(server, [False, False, True]), what="only what was taken is marked")


async def test_a_mailbox_that_hangs_or_is_locked_delays_no_other_and_no_password_is_told(
    intake: Intake, capfd: pytest.CaptureFixture[str]
) -> None:
    held: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", 0)
    async with silent, imap_server(CARE) as server:
        port = silent.sockets[0].getsockname()[1]
        wrong = "pass-word-told-to-nobody"
        await register(
            intake.database,
            account(port, "a-hangs@harbour.example"),
            account(server.port, "b-locked@harbour.example", wrong),
            account(server.port),
        )
        await until(intake.database, CARE, "collecting")
        await server.append(mail(1))
        assert await subjects(intake, 1) == ["Lamp 1"]
        locked = await until(intake.database, "b-locked@harbour.example", "refused")
        assert locked.detail.startswith("login_refused: 127.0.0.1 refused b-locked@harbour.example")
        assert wrong not in "".join(capfd.readouterr())
        for writer in held:
            writer.close()


async def test_a_mailbox_is_collected_by_one_replica_until_it_stops(dsns_for: DsnsFor) -> None:
    dsns = await dsns_for("intake")
    async with imap_server(CARE) as server, running(dsns, Role.SERVE) as intake:
        mine = account(server.port)
        await register(intake.database, mine)
        await until(intake.database, CARE, "collecting")
        other = Places(intake.database, "another replica", LEASE_S)
        assert await other.hold(mine) is None
        assert await told(dsns) == (0, f"{TENANT}  {CARE}  collecting")
        intake.stop()
        await wait_for(lambda: other.hold(mine), what="the lease is let go")
        await other.let_go(mine)
        assert await told(dsns) == (1, f"{TENANT}  {CARE}  collecting, by nobody now")


async def told(dsns: Dsns) -> tuple[int, str]:
    """What `accounts status` ends with and says, without the times."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.intake", "accounts", "status",
        env={**os.environ, "AMENDS_INTAKE_APP_DSN": dsns.app, "AMENDS_INTAKE_SYSTEM_DSN": dsns.system},
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode().partition(" since ")[0]


async def test_a_certificate_nobody_vouches_for_is_refused(intake: Intake, tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    async with imap_server(CARE, certificate) as server:
        await register(intake.database, account(server.port, security="starttls"))
        away = await until(intake.database, CARE, "retrying")
        assert away.detail.startswith("certificate: ")
        await register(intake.database, account(server.port, security="starttls", ca_file=str(certificate)))
        await until(intake.database, CARE, "collecting")
        await server.append(mail(1))
        assert await subjects(intake, 1) == ["Lamp 1"]


def self_signed(folder: Path) -> Path:
    """A certificate for 127.0.0.1 and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.harbour.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file
