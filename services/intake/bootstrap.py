"""The one place that knows every concrete class of intake and opens them in order."""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import aiohttp
import grpc.aio

from services.chassis import http, rpc
from services.chassis.broker import Producer
from services.chassis.clock import SystemClock
from services.chassis.config import PlatformSettings, load
from services.chassis.consumer import Consumer, ConsumerTuning
from services.chassis.db import Database
from services.chassis.errors import ConfigError, Retryable
from services.chassis.forgetting import Forgetting
from services.chassis.ids import RandomIds
from services.chassis.probes import Health
from services.chassis.relay import Relay
from services.chassis.runner import Component
from services.chassis.security import ApiKeys
from services.chassis.service import Role
from services.intake.adapters import parting
from services.intake.adapters.accounts import Accounts
from services.intake.adapters.accountsfile import read_accounts
from services.intake.adapters.answering import Answering
from services.intake.adapters.archive import PostgresArchive
from services.intake.adapters.ari import MESSAGE_LIMIT, AriDoor
from services.intake.adapters.browsers import Browsers
from services.intake.adapters.captcha import Captcha
from services.intake.adapters.channels.mail import MailNormaliser
from services.intake.adapters.channels.webchat import SESSION_AGE
from services.intake.adapters.chatlines import OLD_LINES, ChatLines
from services.intake.adapters.http import ERROR_MAP, IntakeApp
from services.intake.adapters.imap.collector import LEASE_S, Post
from services.intake.adapters.imap.collectors import Collectors
from services.intake.adapters.imap.places import MailboxState, Places, mailbox_states
from services.intake.adapters.operating import Tools
from services.intake.adapters.outbound import Outbound
from services.intake.adapters.postgres import PostgresStore
from services.intake.adapters.purging import purging
from services.intake.adapters.queries import PostgresQueries
from services.intake.adapters.registration import register_account
from services.intake.adapters.replaying import Replaying
from services.intake.adapters.rereading import Rereader
from services.intake.adapters.restapi import RestApi
from services.intake.adapters.rpc import RPC_ERRORS, SERVICE_NAME, servicers
from services.intake.adapters.smtp import LmtpSession, MailRoom, serve_mail
from services.intake.adapters.splitting import PostgresSplits
from services.intake.adapters.tailing import Tailing
from services.intake.adapters.webchat import WebChat
from services.intake.adapters.webforms import WebForms
from services.intake.adapters.wire import SOURCE
from services.intake.adapters.wordlists import load_classifier
from services.intake.app.committer import GroupCommitter, Limits
from services.intake.app.handlers import Reception
from services.intake.app.turns import Shares, Turns
from services.intake.config import Settings
from services.intake.domain.assessment import Assessor
from services.intake.domain.rate import SenderRate


@asynccontextmanager
async def bootstrap(settings: Settings, role: Role, health: Health) -> AsyncIterator[Sequence[Component]]:
    """Open what `role` needs; yields servers, then the committer, then the consumer, then the relay: the
    order of stopping. Readiness asks nothing of the consumer: customers are heard while Kafka is away.
    """
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(
            Database.open(settings.app_dsn, settings.system_dsn, name=SOURCE)
        )
        components: list[Component] = []
        if role.plays(Role.SERVE):
            components.extend(await _servers(settings, database, health, stack))
        if role.plays(Role.CONSUME):
            components.append(_consumer(settings, database))
        if role.plays(Role.RELAY):
            producer = await stack.enter_async_context(
                Producer.open(settings.kafka_bootstrap, f"{SOURCE}-relay")
            )
            components.append(Relay(database, producer, SOURCE, topic_prefix=settings.topic_prefix))
        yield components


def _consumer(settings: Settings, database: Database) -> Consumer:
    """Whatever stands on resolution's topic, customers are heard: no number of records set aside stops this,
    and intake with it.
    """
    return Consumer(
        parting.GROUP,
        parting.TOPICS,
        parting.registry(),
        parting.Parted(),
        database,
        settings.kafka_bootstrap,
        topic_prefix=settings.topic_prefix,
        tuning=ConsumerTuning(rejects_in_a_row=sys.maxsize),
    )


async def _servers(
    settings: Settings, database: Database, health: Health, stack: AsyncExitStack
) -> list[Component]:
    clock, classifier = SystemClock(), load_classifier()
    accounts, api_keys = Accounts(database, clock), ApiKeys(database)
    rate = SenderRate(settings.sender_limit, settings.sender_window_s)
    limits = Limits(linger_s=settings.linger_s, records=settings.commit_records)
    same_matter = timedelta(seconds=settings.same_matter_s)
    committer = GroupCommitter(PostgresStore(database, RandomIds(), rate, same_matter), limits)
    reception, archive = Reception(committer, clock, classifier), PostgresArchive(database)
    normaliser = MailNormaliser(classifier, settings.thread_secrets)
    turns = Turns(Shares(settings.tenant_share, settings.source_share, settings.tenant_waiting))
    names = settings.mail_hostname, settings.mail_timeout_s
    room = MailRoom(accounts, reception, normaliser, *names, turns)
    session = await stack.enter_async_context(aiohttp.ClientSession())
    forms, chat = _for_browsers(settings, database, accounts, reception, classifier, Captcha(session))
    outbound = await stack.enter_async_context(Outbound.open())
    rereader = Rereader(archive, accounts, reception, classifier, normaliser, outbound)
    tools = _tools(database, rereader, reception, clock)
    app = IntakeApp(
        accounts,
        reception,
        classifier,
        RestApi(api_keys, reception, classifier, archive, turns),
        forms,
        chat,
        Answering(reception, archive, settings.thread_secrets),
        normaliser,
        outbound,
        settings.public_base_url,
        turns,
        AriDoor(accounts, reception, turns, database),
    )
    health.add("database", database_answers(database))
    servers: list[Component] = [
        await stack.enter_async_context(_http_server(settings, app)),
        await _rpc_server(settings, servicers(archive, tools), api_keys, health, stack),
    ]
    places = Places(database, secrets.token_hex(8), LEASE_S)
    # Its own look at the accounts: with the shared one a new account would wait for the end of a miss.
    collectors = Collectors(Accounts(database, clock), Post(places, reception, normaliser), session)
    forgetting = Forgetting(database, clock, OLD_LINES, SESSION_AGE)
    raw = purging(database, clock, settings.raw_days)
    mail = await _mail_servers(settings, room, stack)
    return [tools.tailing, *servers, *mail, collectors, committer, raw, forgetting]


def _tools(database: Database, rereader: Rereader, reception: Reception, clock: SystemClock) -> Tools:
    return Tools(
        Tailing(database),
        rereader,
        Replaying(database),
        PostgresQueries(database, RandomIds(), clock),
        PostgresSplits(database, RandomIds(), clock),
        reception,
    )


def _http_server(settings: Settings, app: IntakeApp) -> AbstractAsyncContextManager[http.HttpServer]:
    host, port = _split(settings.http_bind)
    return http.serve(app, host, port, name="intake", error_map=ERROR_MAP, socket_bytes=MESSAGE_LIMIT)


async def _rpc_server(
    settings: Settings,
    register: Callable[[grpc.aio.Server], None],
    api_keys: ApiKeys,
    health: Health,
    stack: AsyncExitStack,
) -> Component:
    server = rpc.serve(
        settings.grpc_bind,
        register,
        [SERVICE_NAME],
        api_keys,
        RPC_ERRORS,
        health,
        reflection=settings.grpc_reflection,
    )
    return await stack.enter_async_context(server)


def _for_browsers(
    settings: Settings,
    database: Database,
    accounts: Accounts,
    reception: Reception,
    classifier: Assessor,
    captcha: Captcha,
) -> tuple[WebForms, WebChat]:
    """What visitors' browsers reach, held to one rate together."""
    browsers = Browsers(SenderRate(settings.browser_limit, settings.browser_window_s), settings.proxies)
    lines, secrets = ChatLines(database), settings.thread_secrets
    return (
        WebForms(accounts, reception, classifier, captcha, browsers),
        WebChat(accounts, reception, classifier, lines, browsers, secrets, RandomIds()),
    )


async def _mail_servers(settings: Settings, room: MailRoom, stack: AsyncExitStack) -> list[Component]:
    servers: list[Component] = []
    if settings.smtp_bind:
        servers.append(await stack.enter_async_context(serve_mail(settings.smtp_bind, room)))
    if settings.lmtp_bind:
        lmtp = replace(room, sessions=set(), empty=asyncio.Event())
        servers.append(await stack.enter_async_context(serve_mail(settings.lmtp_bind, lmtp, LmtpSession)))
    return servers


def database_answers(database: Database) -> Callable[[], Awaitable[bool]]:
    """Ready means able to make something durable: without the database every answer would be 503."""

    async def check() -> bool:
        try:
            async with database.system() as connection:
                return bool(await connection.fetchval("select true"))
        except Retryable:
            return False

    return check


async def apply_accounts(file: Path, env: Mapping[str, str]) -> int:
    """Register every account of a file and how many there were. Raises ConfigError, Conflict, Retryable."""
    listed = read_accounts(file)
    dsns = load(_Dsns, env)
    async with Database.open(dsns.app_dsn, dsns.system_dsn, name=f"{SOURCE}/accounts") as database:
        for account in listed:
            await register_account(database, account, SystemClock().now())
    return len(listed)


async def mailboxes(env: Mapping[str, str]) -> list[MailboxState]:
    """How every mailbox is collected. Raises ConfigError, Retryable."""
    dsns = load(_Dsns, env)
    async with (
        Database.open(dsns.app_dsn, dsns.system_dsn, name=f"{SOURCE}/accounts") as database,
        database.system() as connection,
    ):
        return await mailbox_states(connection)


@dataclass(frozen=True, kw_only=True)
class _Dsns(PlatformSettings):
    """A command needs the database and nothing else of the service."""

    service: ClassVar[str] = "intake"


def _split(bind: str) -> tuple[str, int]:
    host, _, port = bind.rpartition(":")
    if not port.isdecimal():
        raise ConfigError("bad_address", f"{bind} is not host:port")
    return host.strip("[]"), int(port)
