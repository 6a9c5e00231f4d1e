"""`python -m services.resolution {run,serve,consume,relay,migrate}`, and `check-playbook`, that reads one."""

from __future__ import annotations

import sys
from pathlib import Path

from services.chassis.service import ServiceSpec, main
from services.resolution.adapters import playbook_files
from services.resolution.bootstrap import bootstrap
from services.resolution.config import Settings

SPEC = ServiceSpec("resolution", Settings, bootstrap, Path(__file__).resolve().parent / "migrations")

if __name__ == "__main__":
    if sys.argv[1:2] == ["check-playbook"]:
        sys.exit(playbook_files.main(sys.argv[2:]))
    sys.exit(main(SPEC))
