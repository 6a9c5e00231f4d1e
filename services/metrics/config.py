"""Settings of metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from services.chassis.config import PlatformSettings, setting


@dataclass(frozen=True, kw_only=True)
class MetricsSettings(PlatformSettings):
    """What metrics needs beside the platform's settings."""

    service: ClassVar[str] = "metrics"

    window_grace_s: float = setting(
        "AMENDS_METRICS_WINDOW_GRACE_S",
        default=30 * 86400.0,
        help="seconds without change after which a window is final; no shorter than the reopen window",
    )
    max_age_s: float = setting(
        "AMENDS_METRICS_MAX_AGE_S", default=30.0, help="ready while complete up to so many seconds ago"
    )
    stall_s: float = setting(
        "AMENDS_METRICS_STALL_S", default=120.0, help="seconds behind without a move before the process ends"
    )
    rejects_in_a_row: int = setting(
        "AMENDS_METRICS_REJECTS_IN_A_ROW", default=100, help="dead letters in a row before the process ends"
    )
    rollup_s: float = setting(
        "AMENDS_METRICS_ROLLUP_S", default=60.0, help="seconds between two writings of figures_hourly"
    )
    gauges_s: float = setting(
        "AMENDS_METRICS_GAUGES_S", default=3600.0, help="the gauges tell of the last so many seconds"
    )
