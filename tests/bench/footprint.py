"""Memory of each service's process at idle: the whole platform started as `amends up` does, then left alone."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

from services.standalone.servers import ServerSettings
from services.standalone.stack import StackSettings, stack
from tests.support.cpu import memory
from tests.support.reporting import Figures, main

OPTIONS = {"seconds": 10}
TARGETS_MIB = {"intake": 120, "resolution": 120, "followup": 120, "metrics": 180}


async def run(asked: argparse.Namespace) -> Figures:
    """Resident set sizes in MiB after so many idle seconds; `ratio` is the worst one to its target."""
    with tempfile.TemporaryDirectory(prefix="amends-run-") as home:
        servers = ServerSettings.from_environment({**os.environ, "AMENDS_HOME": str(Path(home) / "data")})
        settings = StackSettings(
            ServerSettings(servers.layout, servers.env, keep=False), services=tuple(TARGETS_MIB)
        )
        async with stack(settings) as running:
            await asyncio.sleep(asked.seconds)
            found = {name: memory(pid) for name, pid in running.pids.items() if pid is not None}
    worst = max(found[name]["rss"] / most for name, most in TARGETS_MIB.items())
    return {
        "ratio": round(worst, 3),
        "target": "at most 1.0",
        "met": worst <= 1.0,
        "idle_s": asked.seconds,
        "services": {
            name: {"rss_mib": one["rss"], "pss_mib": one["pss"], "target_mib": TARGETS_MIB[name]}
            for name, one in found.items()
        },
        "held_equal": "one machine, one start, no traffic; resident set as the kernel's smaps_rollup tells it",
    }


if __name__ == "__main__":
    sys.exit(main("footprint", __doc__, run, OPTIONS))
