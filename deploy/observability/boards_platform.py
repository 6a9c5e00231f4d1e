"""The dashboards of those who run the platform: services (RED), resources (USE), Kafka, PostgreSQL."""

from __future__ import annotations

from deploy.observability.panels import Board, Panel
from deploy.observability.queries import WRONG_CODES, of, quantiles, rate, risen

_JOBS = {"job": 'label_values(up{job=~"intake|resolution|followup|metrics"}, job)'}
_RPC, _HTTP = "rpc_server_call_duration_seconds", "http_server_request_duration_seconds"
SERVICES = Board(
    "amends-services",
    "Amends: services",
    (
        (
            "gRPC",
            (
                Panel(
                    "Calls",
                    [rate(of(f"{_RPC}_count"), "job, rpc_method", "{{job}} {{rpc_method}}")],
                    "reqps",
                ),
                Panel(
                    "Failed by our fault",
                    [
                        rate(
                            of(f"{_RPC}_count", f'rpc_response_status_code=~"{WRONG_CODES}"'),
                            "job, rpc_response_status_code",
                            "{{job}} {{rpc_response_status_code}}",
                        )
                    ],
                    "reqps",
                ),
                Panel("Duration", quantiles(of(f"{_RPC}_bucket"), "job", "{{job}}"), "s"),
            ),
        ),
        (
            "HTTP",
            (
                Panel("Requests", [rate(of(f"{_HTTP}_count"), "job, server", "{{job}} {{server}}")], "reqps"),
                Panel(
                    "Not taken",
                    [
                        rate(
                            of(f"{_HTTP}_count", 'http_response_status_code=~"5.."'),
                            "job, http_response_status_code",
                            "{{job}} {{http_response_status_code}}",
                        )
                    ],
                    "reqps",
                ),
                Panel("Duration", quantiles(of(f"{_HTTP}_bucket"), "job", "{{job}}"), "s"),
            ),
        ),
        (
            "Channels",
            (
                Panel(
                    "Received",
                    [rate("amends_contacts_received_total", "channel, outcome", "{{channel}} {{outcome}}")],
                    "cps",
                    stacked=True,
                ),
                Panel(
                    "Time to the durable answer",
                    quantiles("amends_intake_ack_duration_seconds_bucket"),
                    "s",
                    wrong=1,
                ),
                Panel(
                    "Sent",
                    [rate("amends_contacts_sent_total", "channel, outcome", "{{channel}} {{outcome}}")],
                    "cps",
                    stacked=True,
                ),
            ),
        ),
        (
            "Deadlines",
            (
                Panel(
                    "Fired",
                    [rate("amends_timers_fired_total", "job, kind, outcome", "{{job}} {{kind}} {{outcome}}")],
                ),
                Panel(
                    "From due to fired",
                    quantiles("amends_timer_lateness_seconds_bucket", "kind", "{{kind}}"),
                    "s",
                    wrong=5,
                ),
                Panel(
                    "Overdue now",
                    [("max by (job) (amends_timers_overdue_seconds)", "{{job}}")],
                    "s",
                    wrong=10,
                ),
            ),
        ),
    ),
    _JOBS,
)

RESOURCES = Board(
    "amends-resources",
    "Amends: resources",
    (
        (
            "Used",
            (
                Panel(
                    "CPU",
                    [rate(of("process_cpu_seconds_total"), "job, instance", "{{job}} {{instance}}")],
                    "percentunit",
                ),
                Panel("Memory", [(of("process_resident_memory_bytes"), "{{job}} {{instance}}")], "bytes"),
                Panel(
                    "Open files",
                    [(f"{of('process_open_fds')} / {of('process_max_fds')}", "{{job}} {{instance}}")],
                    "percentunit",
                ),
            ),
        ),
        (
            "Saturated",
            (
                Panel(
                    "Callers that wait for a connection",
                    [
                        (
                            of("db_client_connection_pending_requests"),
                            "{{job}} {{db_client_connection_pool_name}}",
                        )
                    ],
                ),
                Panel("Records behind", [(f"sum by (job) ({of('amends_consumer_lag')})", "{{job}}")]),
                Panel(
                    "Journal rows not yet published",
                    [(f"sum by (job) ({of('amends_outbox_pending')})", "{{job}}")],
                ),
            ),
        ),
        (
            "Wrong",
            (
                Panel("Answers", [(of("up"), "{{job}} {{instance}}")], wrong=1, above=False),
                Panel(
                    "Restarts",
                    [(f"changes({of('process_start_time_seconds')}[1h])", "{{job}} {{instance}}")],
                ),
                Panel(
                    "Waits for a dependency", [risen(of("amends_consumer_pauses_total"), "job", "{{job}}")]
                ),
            ),
        ),
    ),
    _JOBS,
)

_GROUP, _TOPIC = "messaging_consumer_group_name", "messaging_destination_name"
KAFKA = Board(
    "amends-kafka",
    "Amends: Kafka",
    (
        (
            "Behind",
            (
                Panel(
                    "Records behind",
                    [
                        (
                            f"sum by ({_GROUP}, {_TOPIC}) (amends_consumer_lag)",
                            f"{{{{{_GROUP}}}}} {{{{{_TOPIC}}}}}",
                        )
                    ],
                ),
                Panel(
                    "Age of the work in hand",
                    [(f"max by ({_GROUP}) (amends_consumer_lag_age_seconds)", f"{{{{{_GROUP}}}}}")],
                    "s",
                    wrong=60,
                ),
                Panel(
                    "From event to effect, oldest of each batch",
                    quantiles("amends_consumer_delay_seconds_bucket", _GROUP, f"{{{{{_GROUP}}}}}"),
                    "s",
                    wrong=30,
                ),
                Panel(
                    "Events, in time or not",
                    [
                        rate(
                            "amends_consumer_events_total",
                            f"{_GROUP}, in_time",
                            f"{{{{{_GROUP}}}}} {{{{in_time}}}}",
                        )
                    ],
                    "cps",
                ),
            ),
        ),
        (
            "Relay",
            (
                Panel("Not yet published", [("max by (service) (amends_outbox_pending)", "{{service}}")]),
                Panel(
                    "Age of the oldest",
                    [("max by (service) (amends_outbox_oldest_age_seconds)", "{{service}}")],
                    "s",
                    wrong=30,
                ),
                Panel(
                    "From written to published, oldest of each batch",
                    quantiles("amends_outbox_delay_seconds_bucket", "service", "{{service}}"),
                    "s",
                    wrong=5,
                ),
                Panel(
                    "Published, in time or not",
                    [rate("amends_outbox_events_total", "service, in_time", "{{service}} {{in_time}}")],
                    "cps",
                ),
            ),
        ),
        (
            "Records",
            (
                Panel(
                    "Sent",
                    [rate("messaging_client_sent_messages_total", _TOPIC, f"{{{{{_TOPIC}}}}}")],
                    "cps",
                ),
                Panel(
                    "Read",
                    [
                        rate(
                            "messaging_client_consumed_messages_total",
                            f"{_GROUP}, outcome",
                            f"{{{{{_GROUP}}}}} {{{{outcome}}}}",
                        )
                    ],
                    "cps",
                ),
                Panel(
                    "Dead letters",
                    [
                        risen(
                            "amends_dlq_messages_total",
                            "group, topic, error_type",
                            "{{group}} {{topic}} {{error_type}}",
                        )
                    ],
                    wrong=1,
                ),
            ),
        ),
        (
            "Time",
            (
                Panel("Send", quantiles("messaging_client_operation_duration_seconds_bucket"), "s"),
                Panel(
                    "A batch, from decoded to committed",
                    quantiles("messaging_process_duration_seconds_bucket", _GROUP, f"{{{{{_GROUP}}}}}"),
                    "s",
                ),
            ),
        ),
    ),
)

_POOL = "db_client_connection_pool_name"
POSTGRES = Board(
    "amends-postgresql",
    "Amends: PostgreSQL",
    (
        (
            "Pools",
            (
                Panel(
                    "Connections in use",
                    [
                        (
                            f"sum by ({_POOL}) (db_client_connection_count"
                            '{db_client_connection_state="used"})',
                            f"{{{{{_POOL}}}}}",
                        )
                    ],
                ),
                Panel(
                    "Idle",
                    [
                        (
                            f"sum by ({_POOL}) (db_client_connection_count"
                            '{db_client_connection_state="idle"})',
                            f"{{{{{_POOL}}}}}",
                        )
                    ],
                ),
                Panel(
                    "Callers that wait",
                    [(f"sum by ({_POOL}) (db_client_connection_pending_requests)", f"{{{{{_POOL}}}}}")],
                    wrong=1,
                ),
            ),
        ),
        (
            "Transactions",
            (
                Panel(
                    "Rate",
                    [
                        rate(
                            "db_client_operation_duration_seconds_count",
                            "db_namespace, db_operation_name",
                            "{{db_namespace}} {{db_operation_name}}",
                        )
                    ],
                    "ops",
                ),
                Panel(
                    "Duration",
                    quantiles(
                        "db_client_operation_duration_seconds_bucket", "db_namespace", "{{db_namespace}}"
                    ),
                    "s",
                ),
                Panel("Records in one commit of intake", quantiles("amends_intake_commit_batch_bucket")),
            ),
        ),
    ),
)
