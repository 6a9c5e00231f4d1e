"""Memory of each service's process at idle: the platform started as `amends up` does, then left alone."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile

from services.standalone.cpu import memory
from services.standalone.servers import ServerSettings
from services.standalone.stack import StackSettings, stack
from tests.support.reporting import Figures, main
from tests.support.servers import ground

OPTIONS = {"seconds": 10}
TARGETS_MIB = {"intake": 120, "resolution": 120, "followup": 120, "metrics": 180}


async def run(asked: argparse.Namespace) -> Figures:
    """Resident set sizes in MiB after so many idle seconds; `ratio` is the worst one to its target."""
    async with ground() as here:
        with tempfile.TemporaryDirectory(prefix="amends-run-") as home:
            layout = ServerSettings.from_environment({**os.environ, "AMENDS_HOME": home}).layout
            servers = ServerSettings(layout, os.environ, here.bootstrap, here.superuser_url)
            settings = StackSettings(servers, f"{here.suffix}.", f"_{here.suffix}")
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
        "held_equal": "one machine, one start, no traffic; resident set as smaps_rollup tells it",
    }


if __name__ == "__main__":
    sys.exit(main("footprint", __doc__, run, OPTIONS))
