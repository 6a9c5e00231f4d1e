"""Builds follow-up out of its parts; the only file that knows all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import aiohttp
import grpc.aio
from amends.followup.v1 import service_pb2, service_pb2_grpc

from services.chassis import broker, rpc
from services.chassis.clock import SystemClock
from services.chassis.consumer import Consumer
from services.chassis.db import Database
from services.chassis.errors import ConfigError
from services.chassis.ids import RandomIds
from services.chassis.probes import Health
from services.chassis.relay import Relay
from services.chassis.runner import Component
from services.chassis.security import ApiKeys
from services.chassis.service import Role, ServiceSpec
from services.chassis.timerloop import Backlog, TimerLoop, TimerTuning
from services.followup.adapters import letter_files, message_files, policies, preferences
from services.followup.adapters.calls import ERRORS, FollowUpCalls
from services.followup.adapters.deadlines import Deadlines
from services.followup.adapters.inviting import Invitations
from services.followup.adapters.office import Office
from services.followup.adapters.outbox import Outbox
from services.followup.adapters.postgres import SOURCE
from services.followup.adapters.rules.choices import Followed, TenantPolicies
from services.followup.adapters.senders.chat import ChatSender
from services.followup.adapters.senders.line import LineSender
from services.followup.adapters.senders.mail import MailSender, MailServer
from services.followup.adapters.senders.meta import (
    InstagramAccounts,
    InstagramSender,
    MessengerSender,
    MetaAccount,
    WhatsAppSender,
)
from services.followup.adapters.senders.telegram import TelegramSender
from services.followup.adapters.senders.telephony import TwilioAccount, TwilioSender
from services.followup.adapters.senders.tokens import Tokens
from services.followup.adapters.senders.viber import ViberSender
from services.followup.adapters.senders.x import XAccount, XSender
from services.followup.adapters.shelves import fill
from services.followup.adapters.subscriptions import GROUP, TOPICS, Subscriptions, registry
from services.followup.app.ports import Sender
from services.followup.config import Settings
from services.followup.domain.pace import Pace
from services.followup.domain.words import Via

MIGRATIONS = Path(str(files("services.followup") / "migrations"))
NAMES = (service_pb2.DESCRIPTOR.services_by_name["FollowupService"].full_name,)


@asynccontextmanager
async def bootstrap(settings: Settings, role: Role, health: Health) -> AsyncIterator[Sequence[Component]]:
    """Open what the role needs and yield its components in the order they stop: server, work, relay."""
    office = office_from(settings)
    async with (
        Database.open(settings.app_dsn, settings.system_dsn, name=SOURCE) as database,
        aiohttp.ClientSession() as session,
    ):
        health.add("database", lambda: _answers(database))
        components: list[Component] = []
        if role.plays(Role.CONSUME):
            components += work(settings, database, office, senders(settings, session, office), health)
        async with (
            _served(settings, database, office, role, health) as servers,
            _relayed(settings, database, role) as relays,
        ):
            yield [*servers, *components, *relays]


def office_from(settings: Settings) -> Office:
    """The policy, words and letters of these settings. Raises ConfigError."""
    clock = SystemClock()
    # Holidays of the years that deadlines of cases that begin before the next start can lie in.
    years = range(clock.now().year - 1, clock.now().year + 4)
    terms = policies.adjusted(policies.terms(settings.policy, years), settings)
    regulators = policies.regulators(settings.regulators, years)
    lexicon = policies.lexicon(*policies.LANGUAGES)
    words = fill(message_files.load, letter_files.FOLDER, settings.templates)
    languages = message_files.languages(settings.languages, words)
    letters = message_files.TemplateLetters(words, languages)
    invitations = Invitations(settings.public_base_url, settings.signing_secret, letters.invitation)
    drafts = fill(letter_files.load, letter_files.FOLDER, settings.templates)
    window = timedelta(seconds=settings.champion_s)
    quiet = preferences.quiet_hours(settings.quiet)
    chosen = TenantPolicies(Followed(terms, regulators), years)
    return Office(chosen, lexicon, letters, drafts, clock, RandomIds(), invitations, quiet, window, languages)


def senders(settings: Settings, session: aiohttp.ClientSession, office: Office) -> Mapping[Via, Sender]:
    """One sender per provider."""
    host, port = mail_address(settings.smtp)
    mail = MailServer(
        host=host,
        port=port,
        username=settings.smtp_username,
        password=settings.smtp_password,
        start_tls=settings.smtp_start_tls,
        default_from=settings.mail_from,
        thread_secret=settings.signing_secret,
    )
    twilio = TwilioAccount(
        base_url=settings.twilio_url,
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token,
        status_callback=settings.twilio_status_callback,
        default_from=settings.twilio_from,
    )
    meta = MetaAccount(
        settings.meta_url,
        settings.meta_version,
        settings.meta_access_token,
        template=settings.whatsapp_template,
    )
    instagram = InstagramAccounts(
        settings.instagram_url,
        settings.meta_version,
        Tokens("AMENDS_FOLLOWUP_INSTAGRAM_TOKENS", settings.instagram_tokens),
    )
    telegram = Tokens("AMENDS_FOLLOWUP_TELEGRAM_TOKENS", settings.telegram_tokens)
    line = Tokens("AMENDS_FOLLOWUP_LINE_TOKENS", settings.line_tokens)
    viber = Tokens("AMENDS_FOLLOWUP_VIBER_TOKENS", settings.viber_tokens)
    x = XAccount(
        base_url=settings.x_url,
        consumer_key=settings.x_consumer_key,
        consumer_secret=settings.x_consumer_secret,
        access_token=settings.x_access_token,
        access_secret=settings.x_access_secret,
    )
    return {
        Via.SMTP: MailSender(mail, office.clock),
        Via.TWILIO: TwilioSender(session, twilio, office.clock),
        Via.WHATSAPP: WhatsAppSender(session, meta, office.clock),
        Via.MESSENGER: MessengerSender(session, meta, office.clock),
        Via.INSTAGRAM: InstagramSender(session, instagram, office.clock),
        Via.WEBCHAT: ChatSender(session, settings.chat_url, settings.signing_secret, office.clock),
        Via.TELEGRAM: TelegramSender(session, settings.telegram_url, telegram, office.clock),
        Via.LINE: LineSender(session, settings.line_url, line, office.clock),
        Via.VIBER: ViberSender(session, settings.viber_url, viber, office.clock),
        Via.X: XSender(session, x, office.clock),
    }


def paces_from(entries: Sequence[str]) -> Mapping[Via, Pace]:
    """The paces of "PROVIDER:COUNT/SECONDS" entries. Raises ConfigError."""
    paces: dict[Via, Pace] = {}
    for entry in entries:
        try:
            name, _, pace = entry.partition(":")
            count, _, seconds = pace.partition("/")
            paces[Via(name)] = Pace(int(count), float(seconds))
        except ValueError as error:
            rule = f"AMENDS_FOLLOWUP_SEND_PACES is not PROVIDER:COUNT/SECONDS: {entry!r}"
            raise ConfigError("bad_configuration", rule) from error
        if paces[Via(name)].count < 1 or paces[Via(name)].seconds <= 0:
            raise ConfigError("bad_configuration", f"AMENDS_FOLLOWUP_SEND_PACES: {entry!r} lets nothing out")
    return paces


def mail_address(text: str) -> tuple[str, int]:
    """Host and port of "host:port". Raises ConfigError."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise ConfigError("bad_configuration", f"AMENDS_FOLLOWUP_SMTP is not host:port: {text!r}")
    return host, int(port)


def work(
    settings: Settings, database: Database, office: Office, by_provider: Mapping[Via, Sender], health: Health
) -> list[Component]:
    """Consumer, timers and the outbox, in the order they stop; ready once the consumer has partitions."""
    outbox = Outbox(
        database,
        office,
        by_provider,
        concurrency=settings.send_concurrency,
        paces=paces_from(settings.send_paces),
    )
    consumer = Consumer(
        GROUP,
        TOPICS,
        registry(),
        Subscriptions(office, outbox.wake),
        database,
        settings.kafka_bootstrap,
        topic_prefix=settings.topic_prefix,
    )

    async def assigned() -> bool:
        return bool(consumer.assigned)

    health.add("consumer", assigned)
    timers = TimerLoop(database, Deadlines(office, outbox.wake), tuning=TimerTuning(backlog=Backlog()))
    return [consumer, timers, outbox]


async def _answers(database: Database) -> bool:
    async with database.system() as conn:
        return await conn.fetchval("select true") is True


@asynccontextmanager
async def _served(
    settings: Settings, database: Database, office: Office, role: Role, health: Health
) -> AsyncIterator[list[Component]]:
    if not role.plays(Role.SERVE):
        yield []
        return
    calls = FollowUpCalls(database, office)

    def register(server: grpc.aio.Server) -> None:
        service_pb2_grpc.add_FollowupServiceServicer_to_server(calls, server)

    keys = ApiKeys(database)
    async with rpc.serve(
        settings.grpc_bind, register, NAMES, keys, ERRORS, health, reflection=settings.grpc_reflection
    ) as server:
        yield [server]


@asynccontextmanager
async def _relayed(settings: Settings, database: Database, role: Role) -> AsyncIterator[list[Component]]:
    if not role.plays(Role.RELAY):
        yield []
        return
    async with broker.Producer.open(settings.kafka_bootstrap, f"{SOURCE}-relay") as producer:
        yield [Relay(database, producer, SOURCE, topic_prefix=settings.topic_prefix)]


SPEC = ServiceSpec(name=SOURCE, settings_cls=Settings, bootstrap=bootstrap, migrations=MIGRATIONS)
