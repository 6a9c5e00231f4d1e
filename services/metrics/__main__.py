"""`python -m services.metrics {run,migrate}`, and `recount`, which compares instead of running anything."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from services.chassis.service import ServiceSpec, main
from services.metrics.adapters import command
from services.metrics.bootstrap import bootstrap
from services.metrics.config import MetricsSettings

SPEC = ServiceSpec("metrics", MetricsSettings, bootstrap, Path(__file__).parent / "migrations")

if __name__ == "__main__":
    if sys.argv[1:2] == ["recount"]:
        sys.exit(command.main(sys.argv[2:]))
    code = main(SPEC)
    # Everything is closed. Faust's own threads may still wait for a broker that is away, and Python for them.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
