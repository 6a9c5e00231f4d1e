"""CloudEvents over Kafka headers: what goes out comes back, and what is wrong is refused with a reason."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest
from google.protobuf import wrappers_pb2
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.envelope import EventRegistry, Headers, Record, header, headers_of
from services.chassis.errors import Rejected
from services.chassis.relay import sequence

REGISTRY = EventRegistry(wrappers_pb2)
NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1)


def headers(**changes: str | None) -> Headers:
    event_id = str(uuid4())
    made = headers_of(
        source="intake",
        event_id=event_id,
        type_name="google.protobuf.StringValue",
        tenant_id="acme",
        key="case-1",
        occurred_at=NOON,
        correlation_id="case-1",
        causation_id="cause",
        traceparent="00-1-2-01",
        sequence=sequence(1, 2),
    )
    kept = [(name, value) for name, value in made if changes.get(name, "kept") is not None]
    return [
        (name, (changes.get(name) or "").encode() if changes.get(name) else value) for name, value in kept
    ]


def record(
    made: Headers | None = None, key: bytes | None = b"case-1", value: bytes | None = b"\n\x02hi"
) -> Record:
    return Record("t.things", key, value, headers() if made is None else made, 3, 44)


def test_what_goes_out_comes_back() -> None:
    event = REGISTRY.parse(record(), "things")
    assert event is not None
    assert event.message == wrappers_pb2.StringValue(value="hi")
    assert (event.topic, event.partition, event.offset, event.key) == ("things", 3, 44, "case-1")
    assert (event.tenant_id, event.correlation_id, event.causation_id) == ("acme", "case-1", "cause")
    assert (event.time, event.traceparent, event.sequence) == (NOON, "00-1-2-01", sequence(1, 2))


@given(tenant=TEXT, key=TEXT, correlation=TEXT, offset=st.integers(-720, 720))
def test_any_text_and_any_zone_survive_the_headers(
    tenant: str, key: str, correlation: str, offset: int
) -> None:
    moment = NOON.astimezone(timezone(timedelta(minutes=offset)))
    made = headers_of(
        source="intake",
        event_id="id",
        type_name="google.protobuf.StringValue",
        tenant_id=tenant,
        key=key,
        occurred_at=moment,
        correlation_id=correlation,
    )
    event = REGISTRY.parse(Record("t", key.encode(), b"", made))
    assert event is not None
    assert (event.tenant_id, event.key, event.correlation_id) == (tenant, key, correlation)
    assert event.time == NOON


def test_the_value_is_the_message_unchanged_and_headers_follow_the_kafka_binding() -> None:
    made = headers()
    assert header(made, "content-type") == b"application/protobuf"
    assert header(made, "ce_specversion") == b"1.0"
    assert header(made, "ce_source") == b"/amends/intake"
    assert header(made, "ce_time") == b"2026-03-01T12:00:00.123456Z"
    assert header(made, "ce_subject") == header(made, "ce_partitionkey") == b"case-1"
    assert header(made, "datacontenttype") is None


@pytest.mark.parametrize("missing", ["ce_type", "ce_id", "ce_tenantid", "ce_time"])
def test_a_record_without_a_needed_header_is_refused(missing: str) -> None:
    with pytest.raises(Rejected, match=f"malformed_event.*{missing}"):
        REGISTRY.parse(record(headers(**{missing: None})))


@pytest.mark.parametrize(
    "broken",
    [
        record(headers(ce_time="yesterday")),
        record(headers(ce_time="2026-03-01T12:00:00")),
        record([*headers(ce_id=None), ("ce_id", b"\xff")]),
        record([*headers(ce_tenantid=None), ("ce_tenantid", b"a\0b")]),
        record([*headers(ce_tenantid=None), ("ce_tenantid", None)]),
        record(value=None),
        record(key=None),
        record(key=b"\xff\xfe"),
        record(value=b"\xff\xff\xff"),
    ],
)
def test_nonsense_is_refused_as_malformed(broken: Record) -> None:
    with pytest.raises(Rejected, match="malformed_event"):
        REGISTRY.parse(broken)


@given(value=st.binary(max_size=200), key=st.none() | st.binary(max_size=20), odd=st.binary(max_size=20))
def test_no_bytes_raise_anything_but_a_refusal(value: bytes, key: bytes | None, odd: bytes) -> None:
    made = [(name, odd if name == "ce_id" else kept) for name, kept in headers()]
    with suppress(Rejected):
        REGISTRY.parse(Record("t", key, value, made))


def test_a_type_nobody_registered_is_no_event_and_no_error() -> None:
    assert REGISTRY.parse(record(headers(ce_type="amends.future.v9.Thing"))) is None


@given(
    st.tuples(st.integers(0, 2**60), st.integers(1, 2**60)),
    st.tuples(st.integers(0, 2**60), st.integers(1, 2**60)),
)
def test_sequences_are_ordered_as_text_by_epoch_and_then_position(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    assert (sequence(*one) < sequence(*other)) == (one < other)
