"""What Faust does when left alone; each test fails when its trap is stepped into."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from amends.common.v1 import common_pb2 as common
from amends.intake.v1 import events_pb2 as intake
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread
from faust.types import TP

from services.chassis import dlq, topics
from services.chassis.broker import Producer
from services.chassis.testing.waiting import wait_for
from services.metrics.adapters.cluster import committed
from services.metrics.adapters.stream import FACTS, GROUP, SOURCES, StreamCrashed
from services.metrics.adapters.stream.app import StrictConsumer
from services.metrics.adapters.stream.behind import Unwritten, WriteBehind
from tests.integration.metrics.world import (
    NOON,
    Process,
    Running,
    Speaker,
    Story,
    World,
    alter,
    forget,
    records_of,
    told,
)

INTAKE, RESOLUTION, FOLLOWUP = SOURCES


async def positions(world: World) -> Mapping[tuple[str, int], int]:
    """What the group has committed."""
    return await committed(world.settings.kafka_bootstrap, world.settings.topic_prefix + GROUP)


def parked(world: World, topic: str) -> list[dlq.ParkedRecord]:
    """The dead letters of one topic. Blocks."""
    return dlq.list_parked(world.settings.kafka_bootstrap, topic, GROUP, prefix=world.settings.topic_prefix)


def changelog(world: World, table: str) -> str:
    return f"{world.settings.topic_prefix}{GROUP}-{table}-changelog"


async def test_an_exception_out_of_an_agent_is_not_committed_and_not_lost(
    world: World, speaker: Speaker
) -> None:
    """The usual supervisor would restart the agent, commit the event and go on without it."""
    impatient = world.with_settings(rejects_in_a_row=1)
    case = Story().complains()
    await speaker.send(INTAKE, case.case_id.encode(), b"\xff", speaker.record(case.said[0]).headers)
    await speaker.say(case.said)
    async with impatient.running() as metrics:
        assert isinstance(await metrics.failure(), StreamCrashed)
    assert set((await positions(world)).values()) <= {0}
    async with world.running() as metrics:
        await metrics.shows(complaints=1)
    assert {letter.offset for letter in await asyncio.to_thread(parked, world, INTAKE)} == {0}


async def test_a_failing_process_ends_with_an_exit_code_that_restarts_it(
    world: World, speaker: Speaker
) -> None:
    """An agent that dies inside a process that stays alive would never be noticed."""
    case = Story().complains()
    await speaker.send(INTAKE, case.case_id.encode(), b"\xff", speaker.record(case.said[0]).headers)
    async with world.with_settings(rejects_in_a_row=1).process() as metrics:
        assert await asyncio.wait_for(metrics.child.wait(), 60) == 1


async def test_what_cannot_be_read_is_parked_with_the_reason_and_holds_up_nothing(
    world: World, speaker: Speaker
) -> None:
    """Faust commits what it cannot decode, in silence."""
    case = Story().complains().is_owned()
    complaint, _, owned = case.said
    key, headers = case.case_id.encode(), speaker.record(complaint).headers
    value = complaint.message.SerializeToString()
    unordered = [(name, word) for name, word in speaker.record(owned).headers if name != "ce_sequence"]
    untold = [(name, word) for name, word in headers if name != "ce_type"]
    for broken_key, broken_value, broken_headers in (
        (key, b"\xff\xff", headers),
        (key, None, headers),
        (None, value, headers),
        (b"another-case", value, headers),
        (key, value, untold),
        (key, value, []),
        (key, value, [*untold, ("ce_type", b"\xff\xfe")]),
    ):
        await speaker.send(INTAKE, broken_key, broken_value, broken_headers)
    await speaker.send(RESOLUTION, key, owned.message.SerializeToString(), unordered)
    await speaker.send(FACTS, b"no window", b"", [*untold, ("ce_type", b"amends.metrics.v1.CaseFact")])
    await speaker.say(told(n=2) + case.said)
    async with world.running() as metrics:
        await metrics.shows(complaints=3, answered=2)
    found = {topic: await asyncio.to_thread(parked, world, topic) for topic in (INTAKE, RESOLUTION, FACTS)}
    assert [len(letters) for letters in found.values()] == [7, 1, 1]
    assert {letter.rule for letters in found.values() for letter in letters} == {"malformed_event"}
    assert {letter.value for letter in found[INTAKE]} == {b"\xff\xff", None, value}


async def test_a_replayed_dead_letter_that_fails_again_keeps_its_first_place(
    world: World, speaker: Speaker
) -> None:
    """And other groups' replays are none of ours."""
    bootstrap, prefix = world.settings.kafka_bootstrap, world.settings.topic_prefix
    await speaker.send(INTAKE, b"k", b"\xff", [("ce_type", b"amends.intake.v1.ComplaintReceived")])
    foreign = [("amends-replay-group", b"followup"), ("amends-replay-of", b"0:0")]
    await speaker.send(INTAKE, b"k", b"\xff", foreign)
    async with world.running():
        await wait_for(lambda: asyncio.to_thread(parked, world, INTAKE), 40, what="the dead letter")
        assert await asyncio.to_thread(dlq.replay, bootstrap, INTAKE, GROUP, prefix=prefix) == 1
        (letter,) = await wait_for(
            lambda: asyncio.to_thread(parked, world, INTAKE), 40, what="the letter again"
        )
    assert (letter.offset, letter.attempts) == (0, 2)


async def test_topics_made_after_the_start_are_read(world: World, kafka_bootstrap: str) -> None:
    """A worker that subscribes to a topic before it exists sees nothing of it for five minutes."""
    late = world.with_settings(topic_prefix=f"late{uuid4().hex[:8]}.")
    made: list[str] = []
    try:
        async with late.running() as metrics, Producer.open(kafka_bootstrap, "late") as producer:
            # Long enough for a worker that does not wait to have subscribed to nothing.
            failed, _ = await asyncio.wait([metrics.work], timeout=4)
            assert not failed
            assert not await metrics.ready()
            made = await asyncio.to_thread(topics.apply, kafka_bootstrap, late.settings.topic_prefix)
            await Speaker(producer, late.settings.topic_prefix).say(told(n=3))
            await metrics.shows(complaints=3)
            await wait_for(metrics.ready)
    finally:
        changelogs = [changelog(late, table) for table in ("cases", "windows")]
        await asyncio.to_thread(topics.remove, kafka_bootstrap, [*made, *changelogs])


async def test_every_value_arrives_as_it_was_sent(world: World, speaker: Speaker) -> None:
    """With a value_type, or with Faust's own JSON, protobuf bytes are refused and dropped."""
    chance, said = random.Random(11), []
    for _ in range(60):
        case = Story().complains()
        text = "".join(
            chr(chance.choice((0x22, 0x7B, 0xE9, 0x1F600, 0x1))) for _ in range(chance.randint(0, 200))
        )
        message = intake.ComplaintReceived(case_id=case.case_id, message=common.InboundMessage(text=text))
        message.MergeFrom(case.said[0].message)  # type: ignore[arg-type]
        said.append(case.said[0]._replace(message=message))
    await speaker.say(said)
    async with world.running() as metrics:
        await metrics.shows(complaints=60)
    assert await asyncio.to_thread(parked, world, INTAKE) == []


async def test_nothing_listens_but_the_calls_and_the_probes(world: World) -> None:
    """Faust's web server would listen on 6066 and show the tables to anybody."""
    async with world.process() as metrics:
        await wait_for(lambda: {metrics.port, metrics.admin} <= listening(metrics.child.pid), 40)
        await answers(metrics)
        assert listening(metrics.child.pid) == {metrics.port, metrics.admin}


@pytest.mark.faults
async def test_kill_nine_under_load_loses_and_doubles_nothing(world: World, speaker: Speaker) -> None:
    """Faust's exactly_once doubled events here; nothing relies on it, because a repeat changes nothing."""
    said = told(n=250)
    random.Random(3).shuffle(said)
    await speaker.say(said)

    async def under_way() -> bool:
        return sum((await positions(world)).values()) > 0

    for _ in range(2):
        async with world.process() as metrics:
            await wait_for(under_way, 60, what="the first commit")
            metrics.child.send_signal(signal.SIGKILL)
            assert await metrics.child.wait() == -signal.SIGKILL
    async with world.running() as metrics:
        await metrics.shows(
            complaints=250, answered=250, closed_confirmed=250, clocks_met=250, promises_kept=250
        )


async def test_nothing_is_committed_before_its_changelog_is_acknowledged(
    world: World, speaker: Speaker
) -> None:
    """Faust logs a changelog record that failed, commits what caused it, and recovers a table with a hole."""
    bootstrap, log = world.settings.kafka_bootstrap, changelog(world, "cases")
    async with world.running() as metrics:
        await wait_for(metrics.ready, 40)
        await asyncio.to_thread(alter, bootstrap, log, max_message_bytes="100")
        await speaker.say(told(n=1))
        assert isinstance(await metrics.failure(), StreamCrashed)
    assert all(at == 0 for (topic, _), at in (await positions(world)).items() if topic.endswith(INTAKE))
    await asyncio.to_thread(alter, bootstrap, log, max_message_bytes="1000000")
    async with world.running() as metrics:
        await metrics.shows(complaints=1, closed_confirmed=1)


async def test_nothing_is_committed_that_is_only_in_memory(
    world: World, speaker: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is folded is written behind; a process that ends before has read nothing."""

    async def never(behind: WriteBehind, unwritten: Unwritten) -> None:
        if unwritten.cases:
            raise RuntimeError("nothing is ever written")

    await speaker.say(told(n=3))
    with monkeypatch.context() as patched:
        patched.setattr(WriteBehind, "_write_all", never)
        async with world.running() as metrics:
            assert isinstance(await metrics.failure(), RuntimeError | StreamCrashed)
    assert all(at == 0 for at in (await positions(world)).values())
    async with world.running() as metrics:
        await metrics.shows(complaints=3, closed_confirmed=3)


async def test_tables_come_back_from_their_changelogs(world: World, speaker: Speaker) -> None:
    """The sources may be gone by then: retention deletes them."""
    await speaker.say(told(n=20))
    later = Story().complains()
    await speaker.say(later.said)
    async with world.running() as metrics:
        await metrics.shows(complaints=21)
    for topic in (*SOURCES, FACTS):
        await asyncio.to_thread(forget, world.settings.kafka_bootstrap, world.settings.topic_prefix + topic)
    await speaker.say(later.is_owned().is_answered(30).said[1:])
    async with world.running() as metrics:
        await metrics.shows(complaints=21, answered=21, within_60s=21, closed_confirmed=20)


async def test_an_older_state_written_by_a_lost_process_does_not_come_back(
    world: World, speaker: Speaker, kafka_bootstrap: str
) -> None:
    """A plain table recovers what lies last in the changelog, whoever wrote it."""
    case = Story().complains()
    await speaker.say(case.said)
    async with world.running() as metrics:
        await metrics.shows(complaints=1, answered=0)
        await speaker.say(case.is_owned().is_answered(9).said[1:])
        await metrics.shows(complaints=1, answered=1)
    for table in ("cases", "windows"):
        first, *_ = await asyncio.to_thread(records_of, kafka_bootstrap, changelog(world, table))
        await speaker.send(f"{GROUP}-{table}-changelog", first.key, first.value, place=first.partition)
    await speaker.say(case.is_closed(50).said[-1:])
    async with world.running() as metrics:
        await metrics.shows(complaints=1, answered=1, closed_confirmed=1)


def drops_first_of(metrics: Running, topic: str) -> None:
    """Let Faust believe it had read the first record of each partition, as it drops what it fetched while its
    flow was stopped.
    """
    consumer = metrics.stream._app.consumer
    for place in consumer.assignment():
        if place.topic == metrics.world.settings.topic_prefix + topic:
            consumer._read_offset[place] = 1


async def test_what_faust_dropped_is_asked_for_again(world: World, speaker: Speaker) -> None:
    """It goes back only to what was committed, so the first record of a partition would never come."""
    async with world.with_settings(stall_s=24.0).running() as metrics:
        await wait_for(metrics.ready, 40)
        drops_first_of(metrics, INTAKE)
        await speaker.say(told(n=1))
        await metrics.shows(complaints=1, closed_confirmed=1)


async def test_what_faust_dropped_is_never_committed_over(world: World, speaker: Speaker) -> None:
    """With a later record of the partition processed, nobody would ever look back."""
    async with world.running() as metrics:
        await wait_for(metrics.ready, 40)
        drops_first_of(metrics, RESOLUTION)
        await speaker.say(told(n=1))
        assert isinstance(await metrics.failure(), StreamCrashed)
    assert all(at == 0 for (topic, _), at in (await positions(world)).items() if topic.endswith(RESOLUTION))
    async with world.running() as metrics:
        await metrics.shows(complaints=1, closed_confirmed=1)


async def test_no_source_is_read_before_its_place_is_found(
    world: World, speaker: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Faust empties its queues after that, and so loses what it read before, or all of it but the last."""
    seeking, read = asyncio.Event(), asyncio.Event()
    seek, fetch = StrictConsumer.seek_to_committed, StrictConsumer._getmany

    async def slow(consumer: StrictConsumer) -> Mapping[TP, int]:
        found = await seek(consumer)
        seeking.set()
        # Long enough for a consumer that does not wait to have read.
        with suppress(TimeoutError):
            await asyncio.wait_for(read.wait(), 2)
        seeking.clear()
        return found

    async def watched(consumer: StrictConsumer, *args: Any, **options: Any) -> Any:
        records = await fetch(consumer, *args, **options)
        if seeking.is_set() and any(not consumer._is_changelog_tp(place) for place in records):
            read.set()
        return records

    await speaker.say(told(n=1))
    async with world.running() as metrics:
        await metrics.shows(complaints=1)
    # From here on there are tables to recover, during which Faust already reads.
    await speaker.say(told(n=3))
    monkeypatch.setattr(StrictConsumer, "seek_to_committed", slow)
    monkeypatch.setattr(StrictConsumer, "_getmany", watched)
    async with world.running() as metrics:
        await metrics.shows(complaints=4, closed_confirmed=4)
    assert not read.is_set()


async def test_what_is_asked_of_the_client_does_not_change_while_it_waits(
    world: World, speaker: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Faust changes the set of partitions it asked for; of none, the client fetches all, and loses them."""
    fetch, under_way, changed = AIOKafkaConsumerThread.getmany, asyncio.Event(), list[bool]()

    async def watched(thread: AIOKafkaConsumerThread, wanted: set[TP], timeout: float) -> Any:
        asked = set(wanted)
        under_way.set()
        records = await fetch(thread, wanted, timeout)
        changed.append(asked != wanted)
        return records

    async with world.running() as metrics:
        await wait_for(metrics.ready, 40)
        monkeypatch.setattr(AIOKafkaConsumerThread, "getmany", watched)
        await under_way.wait()
        consumer = metrics.stream._app.consumer
        consumer.pause_partitions(consumer.assignment())
        await wait_for(lambda: changed, what="the fetch that was under way")
    assert not changed[0]


async def test_a_process_that_holds_only_some_partitions_does_not_answer_for_all(
    world: World, speaker: Speaker
) -> None:
    """A running process is not a working one: readiness looks at assignment, recovery and lag."""
    await speaker.say(told(n=30))
    async with world.running() as first:
        await first.shows(complaints=30)
        assert await wait_for(first.ready)
        async with world.running() as second:
            await wait_for(lambda: not_ready(first), 40, what="the first giving partitions away")
            assert not await second.ready()
        await wait_for(first.ready, 40, what="the first having them all again")
        await first.shows(complaints=30, closed_confirmed=30)


async def test_a_case_and_its_facts_are_never_parted(world: World, kafka_bootstrap: str) -> None:
    """Topics cut differently would give a case's events to one process and its table to another."""
    apart = world.with_settings(topic_prefix=f"apart{uuid4().hex[:8]}.")
    uneven = [
        topic if topic.name != RESOLUTION else topics.Topic(**{**vars_of(topic), "partitions": 2})
        for topic in topics.load()
    ]
    made = await asyncio.to_thread(topics.apply, kafka_bootstrap, apart.settings.topic_prefix, uneven)
    try:
        async with apart.running() as metrics:
            failure = await metrics.failure()
    finally:
        await asyncio.to_thread(topics.remove, kafka_bootstrap, made)
    assert getattr(failure, "rule", "") == "partitions_differ"


async def not_ready(metrics: object) -> bool:
    return not await metrics.ready()  # type: ignore[attr-defined, no-any-return]


async def answers(metrics: Process) -> None:
    """Waits until the process answers for its windows."""
    async with metrics.world.client(metrics.port) as client:
        await wait_for(lambda: client.current(NOON - timedelta(days=1)), 60, what="an answer")


def vars_of(topic: topics.Topic) -> dict[str, object]:
    return {name: getattr(topic, name) for name in topic.__slots__}


def listening(pid: int) -> set[int]:
    """The ports a process listens on."""
    inodes = set()
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed while we look
            inodes.add(str(fd.readlink()).removeprefix("socket:[").removesuffix("]"))
    ports = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports
