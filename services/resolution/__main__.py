"""`python -m services.resolution {run,serve,consume,relay,migrate}`."""

from __future__ import annotations

import sys
from pathlib import Path

from services.chassis.service import ServiceSpec, main
from services.resolution.bootstrap import bootstrap
from services.resolution.config import Settings

SPEC = ServiceSpec("resolution", Settings, bootstrap, Path(__file__).resolve().parent / "migrations")

if __name__ == "__main__":
    sys.exit(main(SPEC))
