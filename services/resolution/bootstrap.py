"""Puts resolution together: the only place that knows every concrete class."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial

import grpc.aio
from amends.resolution.v1 import service_pb2_grpc

from services.chassis import rpc
from services.chassis.broker import Producer
from services.chassis.clock import SystemClock
from services.chassis.consumer import Consumer
from services.chassis.db import Database
from services.chassis.errors import ConfigError
from services.chassis.forgetting import Forgetting
from services.chassis.ids import RandomIds
from services.chassis.probes import Health
from services.chassis.relay import Relay
from services.chassis.runner import Component, Part
from services.chassis.security import ApiKeys
from services.chassis.service import Role
from services.chassis.timerloop import TimerLoop
from services.resolution.adapters import data, endpoints
from services.resolution.adapters.ahead import read_ahead
from services.resolution.adapters.calls import ERROR_MAP, NAME, SERVICE, ResolutionServicer
from services.resolution.adapters.calls.edge import stand_before
from services.resolution.adapters.duty_watch import DutyWatch
from services.resolution.adapters.keys import Keys
from services.resolution.adapters.oldkeys import OLD_KEYS
from services.resolution.adapters.playbook_rows import keep_shipped
from services.resolution.adapters.postgres import PostgresWorks
from services.resolution.adapters.rounds import Rounds
from services.resolution.adapters.subscriptions import GROUP, TOPICS, DueTimers, Subscriptions, registry
from services.resolution.adapters.watching import Watching
from services.resolution.adapters.webhooks import Webhooks
from services.resolution.adapters.wire import SOURCE
from services.resolution.app.absence import Leavers, Returns
from services.resolution.app.handing_over import TimeOuts
from services.resolution.app.hearing import Hearing
from services.resolution.app.identity import Identities
from services.resolution.app.learning import Overdue
from services.resolution.app.people import Leases
from services.resolution.app.rules import Rules
from services.resolution.app.turn import Turns
from services.resolution.app.waiting import Waiting
from services.resolution.config import Settings
from services.resolution.domain.errors import BadData


@asynccontextmanager
async def bootstrap(settings: Settings, role: Role, health: Health) -> AsyncIterator[Sequence[Component]]:
    """Everything of `role`, open: the gRPC server, then consumer and timers, then the relay. Raises
    ConfigError, also for a data file that is wrong, and Retryable when PostgreSQL is away."""
    rules = _rules(settings)
    async with AsyncExitStack() as stack:
        opened = Database.open(
            settings.app_dsn, settings.system_dsn, name="resolution", max_size=settings.pool_size
        )
        database = await stack.enter_async_context(opened)
        health.add("database", lambda: _answers(database))
        await _keep_playbooks(database, rules)
        components: list[Component] = []
        if role.plays(Role.SERVE):
            watching = Watching(database, rules.shelf, settings.watch_room)
            server = _server(settings, database, rules, health, watching)
            components += [watching, await stack.enter_async_context(server)]
        if role.plays(Role.CONSUME):
            components += _consuming(settings, database, rules, health)
        if role.plays(Role.SERVE) or role.plays(Role.CONSUME):
            components.append(Part("read-ahead", partial(read_ahead, rules)))
        if role.plays(Role.RELAY):
            producer = await stack.enter_async_context(Producer.open(settings.kafka_bootstrap, SOURCE))
            components.append(Relay(database, producer, SOURCE, topic_prefix=settings.topic_prefix))
        yield components


def _rules(settings: Settings) -> Rules:
    try:
        return data.load(settings)
    except BadData as wrong:
        raise ConfigError(wrong.rule, wrong.detail) from wrong


async def _keep_playbooks(database: Database, rules: Rules) -> None:
    """The texts of this release's playbooks, before a case can begin with one of them."""
    try:
        async with database.system() as tx:
            await keep_shipped(tx, rules.shelf.shipped.values())
    except BadData as wrong:
        raise ConfigError(wrong.rule, wrong.detail) from wrong


def _endpoints(settings: Settings) -> Mapping[str, endpoints.Endpoint]:
    try:
        return endpoints.load(settings.fulfilment)
    except BadData as wrong:
        raise ConfigError(wrong.rule, wrong.detail) from wrong
    except OSError as error:
        raise ConfigError("no_endpoints", f"AMENDS_RESOLUTION_FULFILMENT: {error}") from error


async def _answers(database: Database) -> bool:
    async with database.system() as conn:
        return await conn.fetchval("select true") is True


def _server(
    settings: Settings, database: Database, rules: Rules, health: Health, watching: Watching
) -> AbstractAsyncContextManager[rpc.RpcServer]:
    works = PostgresWorks(database, rules.shelf)
    turns = Turns(works, rules, SystemClock(), RandomIds())
    servicer = ResolutionServicer(turns, rules, watching, settings.watch_heartbeat_s)
    stand_before(servicer, SERVICE, Rounds(works, Keys(works)))

    def register(server: grpc.aio.Server) -> None:
        service_pb2_grpc.add_ResolutionServiceServicer_to_server(servicer, server)

    return rpc.serve(
        settings.grpc_bind,
        register,
        [NAME],
        ApiKeys(database),
        ERROR_MAP,
        health,
        reflection=settings.grpc_reflection,
        grace_s=settings.grace_s,
    )


def _consuming(settings: Settings, database: Database, rules: Rules, health: Health) -> list[Component]:
    clock, ids = SystemClock(), RandomIds()
    hearing = Hearing(rules, clock, ids)
    consumer = Consumer(
        GROUP,
        TOPICS,
        registry(),
        Subscriptions(hearing, Identities(rules, clock, ids), rules.shelf),
        database,
        settings.kafka_bootstrap,
        batch=settings.consumer_batch,
        topic_prefix=settings.topic_prefix,
    )

    async def assigned() -> bool:
        return bool(consumer.assigned)

    health.add("consumer", assigned)
    due = DueTimers(
        TimeOuts(rules, ids),
        Overdue(rules, ids),
        Leases(ids),
        Waiting(hearing),
        Leavers(rules, ids),
        Returns(ids),
        rules.shelf,
    )
    webhooks = Webhooks(database, _endpoints(settings), clock, retry_s=settings.fulfilment_retry_s)
    forgetting = Forgetting(database, clock, OLD_KEYS, timedelta(days=settings.key_days))
    return [consumer, TimerLoop(database, due), DutyWatch(database), webhooks, forgetting]
