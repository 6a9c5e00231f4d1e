"""Every metric of the platform, named once: meaning, unit, bounded labels, buckets (semantic conventions).

Labels never hold a tenant, customer or case: their number is not bounded. Durations are seconds; bucket
bounds are floats, so that `le` reads the same on both export paths; gauges carry no unit "1", for the same
reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Counter, Histogram, Observation, UpDownCounter

# Call-length durations; the advice of the messaging and RPC conventions.
CALL_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
DB_BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0)
# A person's minute and what surrounds it.
MINUTE_BUCKETS = (1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 300.0, 900.0, 3600.0)
# From an event to its effect: milliseconds when all is well, an hour behind an outage.
DELAY_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)
# Promise- and case-length durations: a minute to a week.
HUMAN_BUCKETS = (60.0, 300.0, 900.0, 1800.0, 3600.0, 14400.0, 28800.0, 86400.0, 259200.0, 604800.0)

UNBOUNDED = frozenset(
    {"tenant", "customer", "case", "employee", "message", "contact", "party", "thread", "key", "endpoint"}
)


class UnboundedLabel(ValueError):
    """A metric was declared with a label whose values grow with the business: put it on spans instead."""


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """One measure: `add` for counter and updown, `record` for histogram and gauge, `observe` for gauges.

    Labels are given as keywords with `.` written `_`, exactly the declared ones (KeyError or TypeError else).
    Raises UnboundedLabel at declaration for a label like tenant_id.
    """

    name: str
    kind: Literal["counter", "updown", "histogram", "gauge"]
    unit: str
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Refuse labels without bound."""
        for label in self.labels:
            words = label.replace(".", "_").removesuffix("_id").split("_")
            if words[-1] in UNBOUNDED:
                raise UnboundedLabel(f"{self.name} must not be labelled by {label}")

    def add(self, amount: int, **labels: str) -> None:
        """Count `amount` more (an updown: also fewer)."""
        _counting(self).add(amount, _attributes(self, labels))

    def record(self, value: float, **labels: str) -> None:
        """One measured value; a gauge keeps it until the next."""
        if self.kind == "gauge":
            self.observe(lambda: value, **labels)
        else:
            _histogram(self).record(value, _attributes(self, labels))

    def observe(self, read: Callable[[], float], **labels: str) -> Callable[[], None]:
        """Ask `read` at every scrape (from the loop's thread: no blocking); call the result to end it."""
        readers = _gauge(self)
        key = tuple(sorted(_attributes(self, labels).items()))
        readers[key] = read

        def end() -> None:
            if readers.get(key) is read:
                del readers[key]

        return end


def record_delays(
    longest: Metric, events: Metric, delays: Sequence[float], within_s: float, **labels: str
) -> None:
    """A batch of one event or more at once, because a record of each costs more than the event does: its
    longest delay, and how many were in time and how many were not. Seconds.
    """
    late = sum(delay > within_s for delay in delays)
    longest.record(max(0.0, *delays), **labels)
    for count, in_time in ((len(delays) - late, "true"), (late, "false")):
        if count:
            events.add(count, in_time=in_time, **labels)


Readers = dict[tuple[tuple[str, str], ...], Callable[[], float]]


def _attributes(metric: Metric, given: Mapping[str, str]) -> dict[str, str]:
    names = _keywords(metric)
    if len(given) != len(names):
        raise TypeError(f"{metric.name} is labelled by {metric.labels}, not by {tuple(given)}")
    return {label: given[name] for label, name in names}


@cache
def _keywords(metric: Metric) -> tuple[tuple[str, str], ...]:
    """Each label with the keyword it is given by."""
    return tuple((label, label.replace(".", "_")) for label in metric.labels)


# The API's proxies hand over to the real provider when it is installed, so the cache may fill before that.
@cache
def _counting(metric: Metric) -> Counter | UpDownCounter:
    meter = metrics.get_meter("amends")
    if metric.kind == "counter":
        return meter.create_counter(metric.name, metric.unit, metric.help)
    if metric.kind == "updown":
        return meter.create_up_down_counter(metric.name, metric.unit, metric.help)
    raise TypeError(f"{metric.name} is a {metric.kind}: nothing can be added to it")


@cache
def _histogram(metric: Metric) -> Histogram:
    if metric.kind != "histogram":
        raise TypeError(f"{metric.name} is a {metric.kind}: no value can be recorded in it")
    return metrics.get_meter("amends").create_histogram(
        metric.name, metric.unit, metric.help, explicit_bucket_boundaries_advisory=metric.buckets
    )


@cache
def _gauge(metric: Metric) -> Readers:
    if metric.kind != "gauge":
        raise TypeError(f"{metric.name} is a {metric.kind}: it cannot be observed")
    readers: Readers = {}

    def read_all(_: CallbackOptions) -> Iterable[Observation]:
        return [Observation(read(), dict(key)) for key, read in list(readers.items())]

    metrics.get_meter("amends").create_observable_gauge(metric.name, [read_all], metric.unit, metric.help)
    return readers


# ------------------------------------------------------------------------------------------ messaging (Kafka)
MESSAGING_OPERATION_DURATION = Metric(
    "messaging.client.operation.duration", "histogram", "s", "Time of one send or receive against the broker",
    ("messaging.operation.name", "messaging.destination.name"), CALL_BUCKETS,
)  # fmt: skip
MESSAGING_PROCESS_DURATION = Metric(
    "messaging.process.duration", "histogram", "s", "Time of one batch, from decoded to committed",
    ("messaging.destination.name", "messaging.consumer.group.name"), CALL_BUCKETS,
)  # fmt: skip
MESSAGING_SENT = Metric(
    "messaging.client.sent.messages", "counter", "{message}", "Records acknowledged by the broker",
    ("messaging.destination.name",),
)  # fmt: skip
MESSAGING_CONSUMED = Metric(
    "messaging.client.consumed.messages", "counter", "{message}", "Records read, by what came of them",
    ("messaging.destination.name", "messaging.consumer.group.name", "outcome"),  # done, skipped, rejected
)  # fmt: skip
CONSUMER_LAG = Metric(
    "amends.consumer.lag", "gauge", "", "Records behind the end of the partitions this process reads",
    ("messaging.destination.name", "messaging.consumer.group.name"),
)  # fmt: skip
CONSUMER_LAG_AGE = Metric(
    "amends.consumer.lag.age", "gauge", "s", "Age of the oldest record not yet committed",
    ("messaging.consumer.group.name",),
)  # fmt: skip
CONSUMER_DELAY = Metric(
    "amends.consumer.delay", "histogram", "s", "From a batch's oldest event to its effects committed",
    ("messaging.consumer.group.name",), DELAY_BUCKETS,
)  # fmt: skip
CONSUMER_EVENTS = Metric(
    "amends.consumer.events", "counter", "{event}", "Events with their effects committed, by whether in time",
    ("messaging.consumer.group.name", "in_time"),
)  # fmt: skip
CONSUMER_PAUSES = Metric(
    "amends.consumer.pauses", "counter", "{pause}", "Times a consumer waited for a dependency that was away",
    ("messaging.consumer.group.name",),
)  # fmt: skip
DLQ_MESSAGES = Metric(
    "amends.dlq.messages",
    "counter",
    "{message}",
    "Records parked in a dead letter topic",
    ("topic", "group", "error.type"),
)
OUTBOX_PENDING = Metric(
    "amends.outbox.pending", "gauge", "{event}", "Journal rows not yet published", ("service",)
)
OUTBOX_OLDEST_AGE = Metric(
    "amends.outbox.oldest_age", "gauge", "s", "Age of the oldest unpublished row", ("service",)
)
OUTBOX_DELAY = Metric(
    "amends.outbox.delay", "histogram", "s",
    "From a batch's oldest journal row written to the broker's acknowledgement", ("service",), DELAY_BUCKETS,
)  # fmt: skip
OUTBOX_EVENTS = Metric(
    "amends.outbox.events", "counter", "{event}", "Journal rows the broker acknowledged, by whether in time",
    ("service", "in_time"),
)  # fmt: skip

# ------------------------------------------------------------------------------------------ calls and storage
RPC_SERVER_DURATION = Metric(
    "rpc.server.call.duration", "histogram", "s", "Time of one served call",
    ("rpc.system.name", "rpc.method", "rpc.response.status_code"), CALL_BUCKETS,
)  # fmt: skip
RPC_CLIENT_DURATION = Metric(
    "rpc.client.call.duration", "histogram", "s", "Time of one made call",
    ("rpc.system.name", "rpc.method", "rpc.response.status_code"), CALL_BUCKETS,
)  # fmt: skip
HTTP_SERVER_DURATION = Metric(
    "http.server.request.duration", "histogram", "s", "Time of one served request",
    ("http.request.method", "http.response.status_code", "server"), CALL_BUCKETS,
)  # fmt: skip
DB_OPERATION_DURATION = Metric(
    "db.client.operation.duration", "histogram", "s", "Time of one transaction",
    ("db.system.name", "db.namespace", "db.operation.name"), DB_BUCKETS,
)  # fmt: skip
DB_CONNECTIONS = Metric(
    "db.client.connection.count", "gauge", "{connection}", "Connections of a pool",
    ("db.client.connection.pool.name", "db.client.connection.state"),  # idle, used
)  # fmt: skip
DB_PENDING = Metric(
    "db.client.connection.pending_requests", "gauge", "{request}", "Callers that wait for a connection",
    ("db.client.connection.pool.name",),
)  # fmt: skip

# ------------------------------------------------------------------------------------------ deadlines
TIMERS_FIRED = Metric(
    "amends.timers.fired", "counter", "{timer}", "Due timers, by what came of them", ("kind", "outcome")
)
TIMER_LATENESS = Metric(
    "amends.timer.lateness", "histogram", "s", "From due to fired", ("kind",), CALL_BUCKETS
)
TIMERS_OVERDUE = Metric(
    "amends.timers.overdue", "gauge", "s", "How long the next timer has been due; 0 while it is not"
)

# ------------------------------------------------------------------------------------------ the business
CONTACTS_RECEIVED = Metric(
    "amends.contacts.received", "counter", "{contact}", "What reached a channel",
    ("channel", "provider", "outcome"),  # accepted, duplicate, rejected
)  # fmt: skip
COMMIT_BATCH = Metric(
    "amends.intake.commit.batch", "histogram", "{contact}", "Records written by one group commit", (),
    (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0),
)  # fmt: skip
SWITCHBOARDS_CONNECTED = Metric(
    "amends.switchboards.connected", "updown", "{connection}", "Connections that switchboards hold to us"
)
MAILBOX_FAILURES = Metric(
    "amends.mailboxes.failures", "counter", "{failure}", "Times a mailbox could not be collected", ("reason",)
)
ACK_DURATION = Metric(
    "amends.intake.ack.duration", "histogram", "s", "From the first byte read to the durable answer",
    ("channel", "outcome"), CALL_BUCKETS,
)  # fmt: skip
COMPLAINTS_OPENED = Metric(
    "amends.complaints.opened", "counter", "{complaint}", "Cases opened", ("channel", "severity", "outcome")
)
COMPLAINTS_CLOSED = Metric(
    "amends.complaints.closed", "counter", "{complaint}", "Cases closed", ("channel", "severity", "outcome")
)
TIME_TO_ACKNOWLEDGE = Metric(
    "amends.case.time_to_acknowledge", "histogram", "s", "From the customer's word to a human one delivered",
    ("channel", "severity"), MINUTE_BUCKETS,
)  # fmt: skip
RECOUNT_DIFFERING = Metric(
    "amends.recount.differing",
    "gauge",
    "",
    "Figures that the last recounts found to differ from the stream's",
)
RECOUNT_AGE = Metric("amends.recount.age", "gauge", "s", "How long ago the oldest of the last recounts was")
TIME_TO_RESOLVE = Metric(
    "amends.case.time_to_resolve",
    "histogram",
    "s",
    "From origin to resolved, of cases that closed",
    ("severity", "outcome"),
    HUMAN_BUCKETS,
)
SLA_DEADLINES = Metric(
    "amends.sla.deadlines", "counter", "{deadline}", "Deadlines that ended",
    ("kind", "result"),  # the clock's name, regulator for all of those; met, breached
)  # fmt: skip
OWNERSHIP_REFUSALS = Metric(
    "amends.ownership.refusals", "counter", "{refusal}", "Hand-offs refused, by rule", ("rule",)
)
DUTY_NOBODY = Metric(
    "amends.duty.nobody", "gauge", "{tenant}", "Tenants with no front-line employee present", ("service",)
)
COMPLAINTS_WAITING = Metric(
    "amends.complaints.waiting", "gauge", "{complaint}", "Complaints without an owner", ("service",)
)
REPLIES_CHECKED = Metric(
    "amends.replies.checked", "counter", "{reply}", "Replies checked", ("outcome", "language")
)
REPEAT_FAILURES = Metric(
    "amends.repeat.failures", "counter", "{case}", "Failures that came back within 90 days", ("same",)
)
REPEAT_CONTACTS = Metric(
    "amends.repeat.contacts", "counter", "{message}", "Customers who asked again while waiting"
)
PREVENTIONS_OVERDUE = Metric(
    "amends.preventions.overdue", "counter", "{case}", "Cases not learnt from in time"
)
CHAMPIONS = Metric(
    "amends.champions",
    "counter",
    "{champion}",
    "Champions created, by the severity of their case",
    ("severity",),
)
CUSTOMERS_DEFECTED = Metric("amends.customers.defected", "counter", "{customer}", "Customers who left")
CUSTOMERS_WON_BACK = Metric("amends.customers.won_back", "counter", "{customer}", "Customers won back")
WIN_BACKS_GIVEN_UP = Metric(
    "amends.customers.given_up", "counter", "{attempt}", "Attempts to win a customer back that ended without"
)
CONTACTS_SENT = Metric(
    "amends.contacts.sent",
    "counter",
    "{contact}",
    "Messages handed to a provider",
    ("channel", "kind", "outcome"),
)
CONTACTS_MAYBE_TWICE = Metric(
    "amends.contacts.maybe_twice", "counter", "{contact}",
    "Messages handed over again when nobody knew what had become of the first time", ("channel", "provider"),
)  # fmt: skip
PROMISES = Metric(
    "amends.promises", "counter", "{promise}", "Promises that ended", ("kind", "result")
)  # kept, broken
WEBHOOK_DELIVERIES = Metric(
    "amends.webhook.deliveries", "counter", "{delivery}", "Webhook deliveries", ("result",)
)


def prometheus_name(metric: Metric) -> str:
    """What the metric is called at /metrics; a histogram's series add _bucket, _sum and _count."""
    unit = "_seconds" if metric.unit == "s" else ""
    return metric.name.replace(".", "_") + unit + ("_total" if metric.kind == "counter" else "")


METRICS: tuple[Metric, ...] = tuple(value for value in dict(vars()).values() if isinstance(value, Metric))
