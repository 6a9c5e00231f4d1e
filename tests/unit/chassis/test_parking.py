"""Dead letters: the record survives the journal byte for byte, and finds its way back."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.chassis.db import PLATFORM_TENANT
from services.chassis.envelope import Headers, Record, header
from services.chassis.errors import Rejected
from services.chassis.parking import (
    ATTEMPTS,
    FIRST_FAILED_AT,
    MESSAGE,
    OFFSET,
    PARTITION,
    TOPIC,
    Replay,
    as_kept,
    replay_in,
    replay_of,
    row_of,
    rule_of,
)  # fmt: skip

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HEADERS = st.lists(
    st.tuples(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8), st.none() | st.binary()
    ),
    max_size=4,
)


def parked(record: Record, reason: Exception, place: tuple[int, int] = (2, 7)) -> Record:
    row = row_of(
        record, None, group="g", topic="things", place=place, reason=reason, event_id=uuid4(), now=NOON
    )
    assert row[0] == PLATFORM_TENANT
    assert row[1] == "things.g.dlq"
    assert row[10] is not None
    return as_kept("things.g.dlq", row[9], row[10])


@given(key=st.none() | st.binary(), value=st.none() | st.binary(), made=HEADERS)
def test_key_value_and_headers_survive_byte_for_byte(
    key: bytes | None, value: bytes | None, made: Headers
) -> None:
    letter = parked(Record("things", key, value, made, 2, 7), Rejected("no_good", "why"))
    assert (letter.key, letter.value) == (key, value)
    assert letter.headers[: len(made)] == [(name, content or b"") for name, content in made]


def test_the_reason_stands_where_kafka_connect_puts_it() -> None:
    letter = parked(Record("p.things", b"k", b"v", [], 2, 7), Rejected("no_good", "because"))
    said = {
        name: (header(letter.headers, name) or b"").decode() for name in (TOPIC, PARTITION, OFFSET, MESSAGE)
    }
    assert said == {TOPIC: "p.things", PARTITION: "2", OFFSET: "7", MESSAGE: "no_good: because"}


def test_a_second_failure_counts_up_and_remembers_the_first() -> None:
    first = parked(Record("things", b"k", b"v", [], 2, 7), Rejected("no_good"))
    back = replay_of(first, "g")
    second = parked(back, ValueError("a bug"))
    assert header(second.headers, ATTEMPTS) == b"2"
    assert header(second.headers, FIRST_FAILED_AT) == header(first.headers, FIRST_FAILED_AT)
    assert [name for name, _ in second.headers].count(TOPIC) == 1
    assert replay_in(second.headers) is None


def test_a_replay_goes_to_the_old_partition_and_names_the_record_it_was() -> None:
    back = replay_of(parked(Record("things", b"k", b"v", [("x", b"1")], 2, 7), Rejected("no_good")), "g")
    assert (back.topic, back.partition, back.key, back.value) == ("things", 2, b"k", b"v")
    assert replay_in(back.headers) == Replay("g", 2, 7)
    assert header(back.headers, "x") == b"1"


@given(HEADERS)
def test_foreign_headers_are_never_taken_for_a_replay_by_accident(made: Headers) -> None:
    assert replay_in([*made, ("amends-replay-of", b"x:1")]) is None
    assert replay_in([*made, ("amends-replay-group", b"g"), ("amends-replay-of", b"x")]) is None


def test_a_refusal_is_called_by_its_rule_and_a_bug_by_its_class() -> None:
    assert rule_of(Rejected("no_good")) == "no_good"
    assert rule_of(ZeroDivisionError()) == "ZeroDivisionError"
