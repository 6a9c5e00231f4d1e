"""`python -m services.metrics {run,migrate,recount}`."""

from __future__ import annotations

import sys
from pathlib import Path

from services.chassis.service import ServiceSpec, main
from services.metrics.bootstrap import bootstrap
from services.metrics.config import MetricsSettings

SPEC = ServiceSpec("metrics", MetricsSettings, bootstrap, Path(__file__).parent / "migrations")

if __name__ == "__main__":
    sys.exit(main(SPEC))
