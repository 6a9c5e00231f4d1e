"""`python -m services.intake {run,serve,relay,migrate}` and `python -m services.intake accounts apply
FILE.yaml`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from services.chassis.errors import AmendsError
from services.chassis.service import ServiceSpec, main
from services.intake.bootstrap import apply_accounts, bootstrap
from services.intake.config import Settings

SPEC = ServiceSpec("intake", Settings, bootstrap, Path(__file__).with_name("migrations"))


def accounts(arguments: list[str]) -> int:
    """Register the channel accounts of a file; again and again with the same result."""
    if len(arguments) != 2 or arguments[0] != "apply":
        sys.stderr.write("usage: python -m services.intake accounts apply FILE.yaml\n")
        return 64
    try:
        count = asyncio.run(apply_accounts(Path(arguments[1]), os.environ))
    except (AmendsError, OSError) as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    sys.stdout.write(f"{count} channel accounts registered\n")
    return 0


if __name__ == "__main__":
    sys.exit(accounts(sys.argv[2:]) if sys.argv[1:2] == ["accounts"] else main(SPEC))
