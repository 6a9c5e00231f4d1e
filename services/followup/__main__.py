"""`python -m services.followup {run,serve,consume,relay,migrate}`, and `check-policy` and `check-calendar`,
that read one."""

from __future__ import annotations

import sys

from services.followup.adapters.rules import checking

CHECKS = {"check-policy": "policy", "check-calendar": "calendar"}

if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in CHECKS:
        sys.exit(checking.main(CHECKS[sys.argv[1]], sys.argv[2:]))
    # Behind the checks, which need nothing of it: it takes a second to read.
    from services.chassis.service import main
    from services.followup.bootstrap import SPEC

    sys.exit(main(SPEC))
