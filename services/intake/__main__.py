"""`python -m services.intake {run,serve,relay,migrate}`, `python -m services.intake accounts apply FILE.yaml`
and `python -m services.intake accounts status`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from services.chassis.errors import AmendsError
from services.chassis.service import ServiceSpec, main
from services.intake.bootstrap import apply_accounts, bootstrap, mailboxes
from services.intake.config import Settings

SPEC = ServiceSpec("intake", Settings, bootstrap, Path(__file__).with_name("migrations"))


def accounts(arguments: list[str]) -> int:
    """Register the channel accounts of a file, again and again with the same result; or tell how the
    mailboxes among them are collected.
    """
    try:
        match arguments:
            case ["apply", file]:
                count = asyncio.run(apply_accounts(Path(file), os.environ))
                sys.stdout.write(f"{count} channel accounts registered\n")
            case ["status"]:
                return _status()
            case _:
                sys.stderr.write("usage: python -m services.intake accounts {apply FILE.yaml,status}\n")
                return 64
    except (AmendsError, OSError) as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    return 0


def _status() -> int:
    """One line a mailbox; 1 when one of them is not collected."""
    found = asyncio.run(mailboxes(os.environ))
    for one in found:
        seen = f"{one.seen_at:%Y-%m-%d %H:%M:%S}Z" if one.seen_at else "never"
        state = one.state if one.collected else f"{one.state}, by nobody now"
        told = f"{one.tenant_id}  {one.account}  {state} since {one.since:%Y-%m-%d %H:%M:%S}Z"
        sys.stdout.write(f"{told}; last answer {seen}{'; ' + one.detail if one.detail else ''}\n")
    return int(any(one.state != "collecting" or not one.collected for one in found))


if __name__ == "__main__":
    sys.exit(accounts(sys.argv[2:]) if sys.argv[1:2] == ["accounts"] else main(SPEC))
