"""The stream of metrics next to a bare Faust agent that only counts: events per second per core.

In rounds, the two sides taking turns, on one broker, each with its topics, of equal shape and filled with the
very same records: cases from complaint to closure, seven events each, keyed by case, over three topics.

- metrics: the service as it runs. It folds every event into its case, keeps both tables and their changelogs,
  and sends what each case gives its window through Kafka to its second agent.
- bare: one agent of plain Faust with the same settings.

The clock runs from the first record published until the figures hold them all (metrics) or all are counted.
`ratio` compares events per second of processor time, `ratio_by_clock` events per second. The last part
publishes at 0.7 of the highest rate metrics had by the clock in this run, and looks how old its figures are.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from amends.metrics.v1 import service_pb2, service_pb2_grpc
from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis import calling, rpc, topics
from services.chassis.broker import Producer
from services.chassis.db import Database
from services.chassis.security import ApiKeys
from services.chassis.service import calm_collector
from services.chassis.testing.waiting import wait_for
from services.metrics.adapters.stream import SOURCES
from services.standalone import cpu
from services.standalone.ports import free_ports
from services.standalone.process import Process
from tests.integration.metrics.world import NOON, Said, Speaker, Story
from tests.support.reporting import Figures, main, median, percentile, rounded
from tests.support.servers import Ground, ground

OPTIONS = {"cases": 2_000, "rounds": 3, "seconds": 20}
TARGET, LAG_TARGET_S, LOAD = 0.6, 2.0, 0.7
_TENANT = "bench"
_PATIENCE_S, _STOP_S, _STEP_S = 600.0, 30.0, 0.05


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: its process, how to publish to it, and how to know that it has had everything."""

    pid: int
    speaker: Speaker
    had: Callable[[int, datetime], Awaitable[bool]]  # so many events, all published before that moment


async def run(asked: argparse.Namespace) -> Figures:
    """Rounds of both sides; ratios are medians of the rounds' ratios."""
    async with ground() as here, AsyncExitStack() as opened:
        producer = await opened.enter_async_context(Producer.open(here.bootstrap, "bench-metrics"))
        age, metrics = await opened.enter_async_context(_metrics(here, producer))
        sides = {"metrics": metrics, "bare": await opened.enter_async_context(_bare(here, producer))}
        rounds, total = [], 0
        for number in range(-1, asked.rounds):  # the first one warms both sides up
            said = _stories(asked.cases if number >= 0 else max(1, asked.cases // 4))
            total += len(said)
            measured = {name: await _measured(side, said, total) for name, side in sides.items()}
            if number >= 0:
                rounds.append(measured)
        highest = max(one["metrics"]["per_s"] for one in rounds)
        lag = await _lag(metrics.speaker, age, LOAD * highest, asked.seconds)
    ratio = median([_ratio(one, "per_core_s") for one in rounds])
    return {
        "ratio": ratio,
        "target": f"at least {TARGET}",
        "met": ratio >= TARGET,
        "ratio_by_clock": median([_ratio(one, "per_s") for one in rounds]),
        **{
            name: {key: median([one[name][key] for one in rounds]) for key in rounds[0][name]}
            for name in sides
        },
        "lag": lag | {"target_s": LAG_TARGET_S, "met": lag["age_s"]["max"] < LAG_TARGET_S},
        "rounds": rounds,
        "held_equal": "broker, records, keys, partitions, transport, commit interval, one process each",
        "not_equal": "metrics also writes two changelogs and the facts topic, and reads the facts again",
    }


def _ratio(measured: Figures, what: str) -> float:
    return float(measured["metrics"][what] / measured["bare"][what])


def _stories(count: int) -> list[Said]:
    """Cases from complaint to closure, one a second."""
    stories = [Story(_TENANT, begins=NOON + timedelta(seconds=number)) for number in range(count)]
    for story in stories:
        story.complains().is_owned().is_answered(20).meets_its_clock(20).keeps_its_promise(60).is_closed(90)
    return [said for story in stories for said in story.said]


async def _measured(side: Side, said: Sequence[Said], total: int) -> Figures:
    calm_collector()
    before, started = cpu.seconds(side.pid), time.perf_counter()
    await side.speaker.say(said)
    published_at = datetime.now(UTC)
    await wait_for(lambda: side.had(total, published_at), _PATIENCE_S, what="every event")
    took, used = time.perf_counter() - started, cpu.seconds(side.pid) - before
    return {
        "events": len(said),
        "per_s": rounded(len(said) / took),
        "per_core_s": rounded(len(said) / used),
        "cpu_us_per_event": rounded(used / len(said) * 1e6),
    }


# ---------------------------------------------------------------------------------------------------- metrics
@asynccontextmanager
async def _metrics(
    here: Ground, producer: Producer
) -> AsyncIterator[tuple[Callable[[], Awaitable[float | None]], Side]]:
    """The service as its own process, and how old its figures are."""
    prefix = f"{here.suffix}.metrics."
    await here.topics(prefix)
    dsns = (await here.databases(["metrics"]))["metrics"]
    port, admin = free_ports(2)
    env = {
        **os.environ,
        "KAFKA_BOOTSTRAP": here.bootstrap,
        "AMENDS_TOPIC_PREFIX": prefix,
        "AMENDS_METRICS_APP_DSN": dsns.app,
        "AMENDS_METRICS_SYSTEM_DSN": dsns.system,
        "AMENDS_METRICS_GRPC_BIND": f"127.0.0.1:{port}",
        "AMENDS_METRICS_ADMIN_PORT": str(admin),
        "AMENDS_LOG_LEVEL": "warning",
    }
    async with Database.open(dsns.app, dsns.system, name="bench") as database:
        token = await ApiKeys(database).create(_TENANT, "supervisor")
    argv = [sys.executable, *_profiled(), "-m", "services.metrics", "run"]
    target = f"127.0.0.1:{port}"
    async with _process("metrics", argv, env) as (pid, _), calling.connect(target, token) as channel:
        stub = service_pb2_grpc.MetricsServiceStub(channel)
        # of the figures themselves nothing is asked: the answer says up to when they are complete
        nothing = Timestamp(seconds=int(datetime.now(UTC).timestamp()) + 86_400)
        question = service_pb2.QueryWindowsRequest(since=nothing)

        async def complete_until() -> datetime | None:
            try:
                answer = await stub.Summarize(question)
            except rpc.grpc.aio.AioRpcError as refused:
                if refused.code() is not rpc.grpc.StatusCode.UNAVAILABLE:
                    raise
                return None
            return answer.as_of.ToDatetime(UTC)

        async def had(total: int, published_at: datetime) -> bool:
            until = await complete_until()
            return until is not None and until >= published_at

        async def age() -> float | None:
            until = await complete_until()
            return None if until is None else (datetime.now(UTC) - until).total_seconds()

        yield age, Side(pid, Speaker(producer, prefix), had)


def _profiled() -> list[str]:
    """`AMENDS_BENCH_PROFILE=folder` leaves a cProfile of the service there."""
    folder = os.environ.get("AMENDS_BENCH_PROFILE")
    return ["-m", "cProfile", "-o", f"{folder}/metrics.prof"] if folder else []


async def _lag(
    speaker: Speaker, age: Callable[[], Awaitable[float | None]], per_s: float, seconds: int
) -> Figures:
    """Publish at a rate, and look how old the figures are; a step that comes late is made up for."""
    said = _stories(int(per_s * seconds / 7) + 1)
    ages: list[float] = []
    started, sent = time.perf_counter(), 0
    while sent < len(said):
        await asyncio.sleep(_STEP_S)
        due = min(len(said), int((time.perf_counter() - started) * per_s))
        await speaker.say(said[sent:due])
        sent = due
        if (old := await age()) is not None:
            ages.append(old)
    took = time.perf_counter() - started
    shares = {"p50": 0.5, "p95": 0.95}
    return {
        "asked_per_s": rounded(per_s),
        "sent_per_s": rounded(len(said) / took),
        "age_s": {name: rounded(percentile(ages, share)) for name, share in shares.items()}
        | {"max": rounded(max(ages))},
        "looks": len(ages),
    }


# ------------------------------------------------------------------------------------------------------- bare
@asynccontextmanager
async def _bare(here: Ground, producer: Producer) -> AsyncIterator[Side]:
    """The agent that only counts, as its own process."""
    prefix = f"{here.suffix}.bare."
    counted = [replace(topic, consumers=()) for topic in topics.load() if topic.name in SOURCES]
    await asyncio.to_thread(topics.apply, here.bootstrap, prefix, counted)
    argv = [
        *(sys.executable, "-m", "tests.support.bare_stream", here.bootstrap, f"{prefix}count"),
        *(prefix + topic.name for topic in counted),
    ]
    async with _process("bare", argv, dict(os.environ)) as (pid, log):

        async def had(total: int, published_at: datetime) -> bool:
            counts = [line for line in log.read_text().splitlines() if line.isdigit()]
            return bool(counts) and int(counts[-1]) == total

        yield Side(pid, Speaker(producer, prefix), had)


@asynccontextmanager
async def _process(name: str, argv: Sequence[str], env: dict[str, Any]) -> AsyncIterator[tuple[int, Path]]:
    with tempfile.TemporaryDirectory(prefix="amends-bench-") as folder:
        log = Path(folder) / f"{name}.log"
        process = await Process.start(name, argv, log=log, env=env)
        try:
            yield process.pid, log
        finally:
            status = await process.stop(signal.SIGTERM, _STOP_S)
            if status != 0:
                sys.stderr.write(log.read_text(errors="replace")[-4000:])


if __name__ == "__main__":
    calm_collector()
    sys.exit(main("metrics", __doc__, run, OPTIONS))
