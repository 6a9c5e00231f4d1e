"""One trace runs from the customer's channel over Kafka into every service and to the provider."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

import grpc
import grpc.aio
import pytest
from amends.resolution.v1 import service_pb2 as resolution
from amends.resolution.v1 import service_pb2_grpc as resolution_grpc

from services.chassis.testing.waiting import wait_for
from services.standalone.demo.clients import compose
from tests.e2e.conftest import House
from tests.e2e.support_platform import Platform
from tests.e2e.support_sink import Sink
from tests.e2e.support_spans import Collected

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]

INTAKE = "amends.intake.v1"
RESOLUTION = "amends.resolution.v1"
REPLY = (
    "Hello Cora, I am sorry that we let you down, and thank you for telling us. I am taking responsibility "
    "for this and will see it through myself. Next, I will send you what I suggest. Your owner"
)


@dataclass(frozen=True, slots=True)
class Watched:
    """The platform, the collector that it reports to, and what that knew before."""

    platform: Platform
    spans: Collected
    mails: Sink
    earlier: frozenset[str]  # trace ids

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


@pytest.fixture
def watched(house: House) -> Watched:
    earlier = frozenset(span.trace_id for span in house.spans.spans)
    return Watched(house.platform, house.spans, house.mails, earlier)


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
    heard = next(
        one for one in watched.spans.trace(trace_id) if one.name == f"process {INTAKE}.ComplaintReceived"
    )
    told = ("messaging.kafka.message.key", "messaging.message.conversation_id", "messaging.operation.name")
    assert [heard.attributes[one] for one in told] == [case.case_id, case.case_id, "process"]
    assert heard.attributes["messaging.destination.partition.id"].isdecimal()


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
    await wait_for(lambda: watched.mails.to("four@example.org"), 30, what="the acknowledgement")
    # A later trace that has come through all of it shows that the earlier one would have, too.
    later, _, traceparent = new_trace()
    await watched.platform.complain(watched.platform.harbour, "five@example.org", traceparent=traceparent)
    await watched.reach(later, ("followup", "send smtp"), ("intake", "POST intake"))
    assert not watched.spans.trace(trace_id)


async def _root(watched: Watched, name: str) -> str:
    def found() -> str:
        new = (span for span in watched.spans.spans if span.trace_id not in watched.earlier)
        return next((span.trace_id for span in new if span.name == name), "")

    return await wait_for(found, what=f"a span {name}")


async def test_what_the_objectives_are_made_of_is_measured_on_the_way(watched: Watched) -> None:
    case = await watched.platform.complain(watched.platform.harbour, "six@example.org")
    reply = resolution.SendReplyRequest(case_id=case.case_id, text=REPLY, idempotency_key="six")
    await watched.ask("SendReply", reply, case.owner.employee_id, new_trace()[2])
    figure = watched.platform.figure

    async def met() -> float:
        return await figure("followup", "amends_sla_deadlines_total", kind="response_60s", result="met")

    assert await wait_for(met, 30, what="the sixty seconds met")
    assert await figure("intake", "amends_intake_ack_duration_seconds_bucket", le="1.0")
    assert await figure("intake", "amends_outbox_events_total", in_time="true")
    assert await figure("followup", "amends_consumer_events_total", in_time="true")
    assert await figure("resolution", "rpc_server_call_duration_seconds_count", rpc_response_status_code="OK")
