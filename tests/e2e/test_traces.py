"""One trace runs from the customer's channel over Kafka into every service and to the provider."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import grpc
import grpc.aio
import pytest
import pytest_asyncio
from amends.resolution.v1 import service_pb2 as resolution
from amends.resolution.v1 import service_pb2_grpc as resolution_grpc

from services.chassis.testing.waiting import wait_for
from services.standalone.demo.clients import compose
from tests.e2e.support_platform import Platform, platform
from tests.e2e.support_spans import Collected, collector

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

INTAKE = "amends.intake.v1"
RESOLUTION = "amends.resolution.v1"
REPLY = (
    "Hello Cora, I am sorry that we let you down, and thank you for telling us. I am taking responsibility "
    "for this and will see it through myself. Next, I will send you what I suggest. Your owner"
)


@dataclass(frozen=True, slots=True)
class Watched:
    """The platform and the collector that it reports to."""

    platform: Platform
    spans: Collected

    async def reach(self, trace_id: str, *steps: tuple[str, str]) -> None:
        """Wait until the trace has a span of each (service, name)."""

        def missing() -> bool:
            return not set(steps) - self.spans.names(trace_id)

        try:
            await wait_for(missing, 30)
        except AssertionError:
            seen = sorted(self.spans.names(trace_id))
            raise AssertionError(f"not reached: {set(steps) - set(seen)}; seen: {seen}") from None

    async def ask(self, method: str, request: object, employee: str, traceparent: str) -> object:
        """An employee's call to resolution, with a trace of the employee's own client."""
        target = self.platform.stack.grpc("resolution")
        metadata = [
            ("authorization", f"Bearer {self.platform.harbour.employees[employee]}"),
            ("traceparent", traceparent),
        ]
        async with grpc.aio.insecure_channel(target) as channel:
            stub = resolution_grpc.ResolutionServiceStub(channel)
            return await getattr(stub, method)(request, metadata=metadata, timeout=30)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def watched(kafka_bootstrap: str, postgres_url: str) -> AsyncIterator[Watched]:
    """Everything is sampled, and sent soon."""
    async with collector() as spans:
        settings = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": spans.url,
            "AMENDS_TRACE_RATIO": "1",
            "OTEL_BSP_SCHEDULE_DELAY": "100",
        }
        async with platform(kafka_bootstrap, postgres_url, settings) as running:
            yield Watched(running, spans)


def new_trace(sampled: bool = True) -> tuple[str, str, str]:
    """A trace id, a span id, and the traceparent of both."""
    trace_id, span_id = secrets.token_hex(16), secrets.token_hex(8)
    return trace_id, span_id, f"00-{trace_id}-{span_id}-{int(sampled):02x}"


async def test_a_complaint_and_its_answer_are_one_trace_from_the_shop_to_the_provider(
    watched: Watched,
) -> None:
    trace_id, span_id, traceparent = new_trace()
    harbour, prefix = watched.platform.harbour, watched.platform.stack.plan.topic_prefix
    case = await watched.platform.complain(harbour, "one@example.org", traceparent=traceparent)
    await watched.reach(
        trace_id,
        ("intake", "POST intake"),
        ("resolution", f"process {INTAKE}.ComplaintReceived"),
        ("followup", f"process {INTAKE}.ComplaintReceived"),
        ("followup", f"process {RESOLUTION}.OwnerAssigned"),
        ("followup", "send smtp"),
        ("metrics", f"process {prefix}amends.intake.events.v1"),
        ("metrics", f"process {prefix}amends.resolution.events.v1"),
        ("resolution", "process amends.followup.v1.ContactDelivered"),
    )
    reply = resolution.SendReplyRequest(case_id=case.case_id, text=REPLY, idempotency_key="one")
    await watched.ask("SendReply", reply, case.owner.employee_id, traceparent)
    await watched.reach(
        trace_id,
        ("resolution", f"{RESOLUTION}.ResolutionService/SendReply"),
        ("followup", f"process {RESOLUTION}.ReplySent"),
    )

    def both_sent() -> bool:
        return sum(span.name == "send smtp" for span in watched.spans.trace(trace_id)) == 2

    await wait_for(both_sent, what="acknowledgement and reply in the trace")
    await wait_for(lambda: not watched.spans.orphans(trace_id, span_id), what="no span without its parent")
    for sent in [span for span in watched.spans.trace(trace_id) if span.name == "send smtp"]:
        assert "process " in next(watched.spans.above(sent)).name


async def test_a_trace_begun_by_the_owner_runs_to_the_message_that_is_sent(watched: Watched) -> None:
    case = await watched.platform.complain(watched.platform.harbour, "two@example.org")
    trace_id, span_id, traceparent = new_trace()
    reply = resolution.SendReplyRequest(case_id=case.case_id, text=REPLY, idempotency_key="two")
    await watched.ask("SendReply", reply, case.owner.employee_id, traceparent)
    prefix = watched.platform.stack.plan.topic_prefix
    await watched.reach(
        trace_id,
        ("followup", "send smtp"),
        ("metrics", f"process {prefix}amends.followup.events.v1"),
    )
    await wait_for(lambda: not watched.spans.orphans(trace_id, span_id), what="no span without its parent")
    sent = next(span for span in watched.spans.trace(trace_id) if span.name == "send smtp")
    assert [(span.service, span.name) for span in watched.spans.above(sent)] == [
        ("followup", f"process {RESOLUTION}.ReplySent"),
        ("resolution", f"{RESOLUTION}.ResolutionService/SendReply"),
    ]


async def test_a_customers_mail_begins_a_trace_that_runs_to_the_acknowledgement(watched: Watched) -> None:
    _, mail = compose("Cora", "three@example.org", "care@harbour.example", "Wet", "My seat was wet.")
    answer = await watched.platform.clients(watched.platform.harbour).mail(mail, "three@example.org")
    assert answer.code == 250
    root = await _root(watched, "receive smtp")
    await watched.reach(
        root, ("resolution", f"process {INTAKE}.ComplaintReceived"), ("followup", "send smtp")
    )
    await wait_for(lambda: not watched.spans.orphans(root), what="no span without its parent")


async def test_a_customers_sms_begins_a_trace_that_runs_to_the_providers_api(watched: Watched) -> None:
    clients = watched.platform.clients(watched.platform.harbour)
    _, post = clients.sms("+447700900123", "My seat was wet.")
    trace_id, span_id, traceparent = new_trace()
    post = replace(post, headers={**post.headers, "traceparent": traceparent})
    assert (await clients.send(post)).code == 200
    await watched.reach(trace_id, ("followup", "send twilio"))
    await wait_for(lambda: not watched.spans.orphans(trace_id, span_id), what="no span without its parent")


async def test_a_caller_who_does_not_sample_is_not_recorded_anywhere(watched: Watched) -> None:
    trace_id, _, traceparent = new_trace(sampled=False)
    await watched.platform.complain(watched.platform.harbour, "four@example.org", traceparent=traceparent)
    assert await watched.platform.sent("four@example.org")
    # A later trace that has come through all of it shows that the earlier one would have, too.
    later, _, traceparent = new_trace()
    await watched.platform.complain(watched.platform.harbour, "five@example.org", traceparent=traceparent)
    await watched.reach(later, ("followup", "send smtp"), ("intake", "POST intake"))
    assert not watched.spans.trace(trace_id)


async def _root(watched: Watched, name: str) -> str:
    def found() -> str:
        return next((span.trace_id for span in watched.spans.spans if span.name == name), "")

    return await wait_for(found, what=f"a span {name}")


async def test_what_the_objectives_are_made_of_is_measured_on_the_way(watched: Watched) -> None:
    case = await watched.platform.complain(watched.platform.harbour, "five@example.org")
    reply = resolution.SendReplyRequest(case_id=case.case_id, text=REPLY, idempotency_key="five")
    await watched.ask("SendReply", reply, case.owner.employee_id, new_trace()[2])
    figure = watched.platform.figure

    async def met() -> float:
        return await figure("followup", "amends_sla_deadlines_total", kind="response_60s", result="met")

    assert await wait_for(met, 30, what="the sixty seconds met")
    assert await figure("intake", "amends_intake_ack_duration_seconds_bucket", le="1.0")
    assert await figure("intake", "amends_outbox_delay_seconds_bucket", le="5.0")
    assert await figure("followup", "amends_consumer_delay_seconds_bucket", le="30.0")
    assert await figure("resolution", "rpc_server_call_duration_seconds_count", rpc_response_status_code="OK")
