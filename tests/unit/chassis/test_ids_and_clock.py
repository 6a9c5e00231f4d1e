"""Identifiers that sort by time, and clocks that only go forward."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from amends.common.v1 import common_pb2
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.clock import ManualClock, SystemClock, from_proto, stamp_or_none, to_proto
from services.chassis.ids import RandomIds, SequenceIds, uuid_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_random_ids_are_uuid7_grow_and_carry_the_time() -> None:
    before = time.time_ns() // 1_000_000
    ids = RandomIds()
    made = [ids.new() for _ in range(10_000)]
    assert all(one < other for one, other in pairwise(made))
    assert {(each.version, each.variant) for each in made} == {(7, "specified in RFC 4122")}
    assert before <= made[0].int >> 80 <= time.time_ns() // 1_000_000


def test_ids_keep_growing_when_the_clock_steps_back(monkeypatch: pytest.MonkeyPatch) -> None:
    ids, times = RandomIds(), iter([5_000_000_000, 1_000_000_000, 1_000_000_000, 6_000_000_000])
    monkeypatch.setattr(time, "time_ns", lambda: next(times))
    made = [ids.new() for _ in range(4)]
    assert made == sorted(made)
    assert len(set(made)) == 4


def test_threads_never_get_the_same_id() -> None:
    ids, made = RandomIds(), list[UUID]()
    threads = [threading.Thread(target=lambda: made.extend(ids.new() for _ in range(2000))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 8000


def test_sequence_ids_repeat_for_a_seed_and_differ_between_seeds() -> None:
    one, same, other = SequenceIds(1), SequenceIds(1), SequenceIds(2)
    assert [one.new() for _ in range(3)] == [same.new() for _ in range(3)]
    assert one.new() != other.new()
    assert one.new().version == 7


def test_a_manual_clock_moves_only_forward_and_is_aware() -> None:
    clock = ManualClock(NOON)
    assert clock.advance(timedelta(hours=1)) == clock.now() == NOON + timedelta(hours=1)
    with pytest.raises(ValueError, match="backward"):
        clock.advance(timedelta(seconds=-1))
    with pytest.raises(ValueError, match="aware"):
        ManualClock(datetime(2026, 3, 1))  # noqa: DTZ001
    assert SystemClock().now().tzinfo is UTC


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_moment_survives_protobuf(moment: datetime) -> None:
    assert from_proto(to_proto(moment)) == moment


def test_an_unset_stamp_is_none_and_not_1970() -> None:
    message = common_pb2.InboundMessage()
    field = next(f.name for f in message.DESCRIPTOR.fields if f.message_type is Timestamp.DESCRIPTOR)
    assert stamp_or_none(message, field) is None
    getattr(message, field).CopyFrom(to_proto(NOON))
    assert stamp_or_none(message, field) == NOON


@given(st.uuids())
def test_an_identifier_is_read_from_its_text_in_either_case(one: UUID) -> None:
    assert {uuid_of(str(one)), uuid_of(str(one).upper()), uuid_of(one.hex)} == {one}


@pytest.mark.parametrize(
    "text", ["", "{%s}", "urn:uuid:%s", " %s", "%s\n", "%s0", "x" * 36, "é" * 32, "\0" * 36, "0" * 40]
)
def test_whatever_is_no_identifier_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="invalid UUID"):
        uuid_of(text.replace("%s", "01a222ce-5a6e-7187-8190-db9d25827bc4"))
