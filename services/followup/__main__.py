"""`python -m services.followup {run,serve,consume,relay,migrate}`."""

from __future__ import annotations

import sys

from services.chassis.service import main
from services.followup.bootstrap import SPEC

if __name__ == "__main__":
    sys.exit(main(SPEC))
