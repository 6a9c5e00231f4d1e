"""Every benchmark runs, small, and prints the one JSON object that is promised."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

_CHECKOUT = Path(__file__).resolve().parents[2]
_SMALL = {
    "pipeline": ("--complaints", "200", "--rounds", "1", "--callers", "50"),
    "commit": ("--complaints", "200", "--rounds", "1", "--paced", "100"),
    "timers": ("--few", "1000", "--pending", "5000", "--rounds", "2", "--rate", "300", "--seconds", "2"),
    "intake": ("--inputs", "60", "--rounds", "1", "--callers", "8", "--paced", "30"),
    "commands": ("--commands", "60", "--rounds", "1", "--cases", "20", "--callers", "8"),
    "footprint": ("--seconds", "0"),
    "metrics": ("--cases", "20", "--rounds", "1", "--seconds", "1"),
    "clients": ("--records", "500", "--faust-records", "200", "--rounds", "1"),
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", _SMALL)
async def test_a_benchmark_prints_one_json_object_with_its_ratio(
    kafka_bootstrap: str, postgres_url: str, name: str
) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"tests.bench.{name}", "--json", *_SMALL[name]),
        cwd=_CHECKOUT,
        env={**os.environ, "KAFKA_BOOTSTRAP": kafka_bootstrap, "DATABASE_URL": postgres_url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode(errors="replace")[-4000:]
    (line,) = output.decode().splitlines()
    told = json.loads(line)
    assert told["bench"] == name
    assert told["ratio"] > 0
    assert told["held_equal"]
