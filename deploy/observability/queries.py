"""Queries as the dashboards ask them, each with the legend of its series."""

from __future__ import annotations

from collections.abc import Sequence

RATE = "[$__rate_interval]"
_QUANTILES = (0.5, 0.95, 0.99)
WRONG_CODES = "UNKNOWN|DEADLINE_EXCEEDED|INTERNAL|UNAVAILABLE|DATA_LOSS"


def rate(series: str, by: str, legend: str) -> tuple[str, str]:
    """How often, per second."""
    return f"sum by ({by}) (rate({series}{RATE}))", legend


def risen(series: str, by: str, legend: str, window: str = "1h") -> tuple[str, str]:
    """How many in a window."""
    return f"sum by ({by}) (increase({series}[{window}]))", legend


def quantiles(series: str, by: str = "", legend: str = "") -> Sequence[tuple[str, str]]:
    """Each quantile, of all or by a label."""
    labels = f"le, {by}" if by else "le"
    return [
        (
            f"histogram_quantile({q}, sum by ({labels}) (rate({series}{RATE})))",
            f"p{q * 100:g} {legend}".strip(),
        )
        for q in _QUANTILES
    ]


def of(series: str, selector: str = "") -> str:
    """Of the services that are chosen above."""
    chosen = ", ".join(one for one in ('job=~"$job"', selector) if one)
    return f"{series}{{{chosen}}}"
