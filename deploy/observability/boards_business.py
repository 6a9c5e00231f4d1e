"""The dashboards of what is promised: the objectives, and the business."""

from __future__ import annotations

from deploy.observability.panels import Board, Panel
from deploy.observability.queries import quantiles, risen

OBJECTIVES = Board(
    "amends-objectives",
    "Amends: objectives",
    (
        (
            "Budget of thirty days",
            (
                Panel(
                    "Left",
                    [("slo:period_error_budget_remaining:ratio", "{{sloth_slo}}")],
                    "percentunit",
                    "bargauge",
                    wrong=0,
                    above=False,
                    help="Below nothing: more failed than the objective allows.",
                ),
                Panel(
                    "Burns how many times faster than allowed",
                    [("slo:current_burn_rate:ratio", "{{sloth_slo}}")],
                    "none",
                    "bargauge",
                    wrong=1,
                ),
                Panel("Objective", [("slo:objective:ratio", "{{sloth_slo}}")], "percentunit", "stat"),
            ),
        ),
        (
            "Failures",
            (
                Panel(
                    "Share that fails, five minutes",
                    [("slo:sli_error:ratio_rate5m", "{{sloth_slo}}")],
                    "percentunit",
                ),
                Panel(
                    "Share that fails, an hour",
                    [("slo:sli_error:ratio_rate1h", "{{sloth_slo}}")],
                    "percentunit",
                ),
                Panel("How many, an hour", [("amends:slo_errors:increase1h", "{{sloth_slo}}")]),
            ),
        ),
        (
            "Alerts",
            (
                Panel(
                    "Firing",
                    [
                        (
                            'sum by (alertname) (ALERTS{alertname=~"Amends.*", alertstate="firing"})'
                            " or vector(0)",
                            "{{alertname}}",
                        )
                    ],
                    "none",
                    stacked=True,
                ),
            ),
        ),
        (
            "Recount",
            (
                Panel(
                    "Figures that differ from the journals",
                    [("max(amends_recount_differing)", "figures")],
                    "none",
                    "stat",
                    wrong=1,
                    help="Of the last recount of every tenant; nothing is shown before the first.",
                ),
                Panel(
                    "Age of the oldest last recount",
                    [("max(amends_recount_age_seconds)", "age")],
                    "s",
                    "stat",
                ),
            ),
        ),
    ),
)

BUSINESS = Board(
    "amends-business",
    "Amends: sixty seconds, promises, champions",
    (
        (
            "Sixty seconds",
            (
                Panel(
                    "Answered by a person within sixty seconds",
                    [("amends_recent_share_60s", "{{channel}}")],
                    "percentunit",
                    help="Of those answered lately; what has no possible stamps is counted as unknown.",
                ),
                Panel(
                    "From the provider's origin to the receipt",
                    [('amends_recent_gap_seconds{gap="headline"}', "{{channel}} p{{quantile}}")],
                    "s",
                    wrong=60,
                ),
                Panel(
                    "Where the minute goes (p95)",
                    [
                        (
                            'max by (gap) (amends_recent_gap_seconds{quantile="0.95", gap!="headline"})',
                            "{{gap}}",
                        )
                    ],
                    "s",
                ),
            ),
        ),
        (
            "Customers who wait",
            (
                Panel(
                    "Complaints",
                    [("sum by (state) (amends_recent_complaints)", "{{state}}")],
                    help="received, answered, within_60s, unknown",
                ),
                Panel(
                    "Without an owner",
                    [
                        ("max(amends_complaints_waiting)", "waiting"),
                        ("max(amends_duty_nobody)", "tenants with nobody present"),
                    ],
                    wrong=1,
                ),
                Panel("Asked again while waiting", [risen("amends_repeat_contacts_total", "job", "chases")]),
            ),
        ),
        (
            "Kept or not",
            (
                Panel(
                    "Deadlines",
                    [risen("amends_sla_deadlines_total", "kind, result", "{{kind}} {{result}}")],
                    stacked=True,
                ),
                Panel(
                    "Promises",
                    [risen("amends_promises_total", "kind, result", "{{kind}} {{result}}")],
                    stacked=True,
                ),
                Panel("Ends of cases", [("sum by (outcome) (amends_recent_outcomes)", "{{outcome}}")]),
            ),
        ),
        (
            "Cases",
            (
                Panel(
                    "Opened",
                    [
                        risen(
                            "amends_complaints_opened_total", "channel, severity", "{{channel}} {{severity}}"
                        )
                    ],
                    stacked=True,
                ),
                Panel(
                    "Closed",
                    [risen("amends_complaints_closed_total", "outcome", "{{outcome}}")],
                    stacked=True,
                ),
                Panel(
                    "From complaint to resolved (p50, p95, p99)",
                    quantiles("amends_case_time_to_resolve_seconds_bucket"),
                    "s",
                ),
            ),
        ),
        (
            "Loyalty",
            (
                Panel("Champions", [risen("amends_champions_total", "severity", "{{severity}}", "1d")]),
                Panel(
                    "Left, won back, given up",
                    [
                        risen("amends_customers_defected_total", "job", "left", "1d"),
                        risen("amends_customers_won_back_total", "job", "won back", "1d"),
                        risen("amends_customers_given_up_total", "job", "given up", "1d"),
                    ],
                ),
                Panel(
                    "Came back",
                    [
                        risen("amends_repeat_failures_total", "same", "{{same}}", "1d"),
                        risen("amends_preventions_overdue_total", "job", "not learnt from in time", "1d"),
                    ],
                ),
            ),
        ),
        (
            "Conduct",
            (
                Panel(
                    "Hand-offs refused",
                    [risen("amends_ownership_refusals_total", "rule", "{{rule}}", "1d")],
                    help="Upward attempts among them.",
                ),
                Panel(
                    "Replies checked",
                    [risen("amends_replies_checked_total", "language, outcome", "{{language}} {{outcome}}")],
                    stacked=True,
                ),
                Panel(
                    "First human answer (p50, p95, p99)",
                    quantiles("amends_case_time_to_acknowledge_seconds_bucket"),
                    "s",
                    wrong=60,
                ),
            ),
        ),
        (
            "Outside",
            (
                Panel("Webhooks", [risen("amends_webhook_deliveries_total", "result", "{{result}}")]),
                Panel("Switchboards connected", [("sum(amends_switchboards_connected)", "connected")]),
                Panel(
                    "Mailboxes not collected",
                    [risen("amends_mailboxes_failures_total", "reason", "{{reason}}")],
                ),
                Panel(
                    "Maybe sent twice",
                    [risen("amends_contacts_maybe_twice_total", "channel", "{{channel}}", "1d")],
                ),
            ),
        ),
    ),
)
