"""A real Prometheus with the shipped rules over a running platform: what it sees, and which alerts fired."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from deploy.observability.generate import HERE
from services.chassis.testing.waiting import wait_for
from tests.support.imapserver import free_port
from tests.support.prometheus import program

_EVERY = "2s"


@dataclass(frozen=True, slots=True)
class Watch:
    """Its HTTP interface."""

    url: str
    session: aiohttp.ClientSession

    async def query(self, expr: str) -> list[dict[str, Any]]:
        """The series of an expression now; those that are no number are none."""
        async with self.session.get(f"{self.url}/api/v1/query", params={"query": expr}) as answer:
            told = await answer.json()
        assert told["status"] == "success", f"{expr}: {told}"
        found: list[dict[str, Any]] = told["data"]["result"]
        return [one for one in found if one["value"][1] != "NaN"]

    async def fired(self) -> set[str]:
        """The alerts that have fired since the start."""
        found = await self.query('max_over_time(ALERTS{alertstate="firing"}[2h])')
        return {one["metric"]["alertname"] for one in found}

    async def ready(self) -> bool:
        """Whether it answers."""
        try:
            async with self.session.get(f"{self.url}/-/ready") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False


@asynccontextmanager
async def prometheus(folder: Path, targets: Mapping[str, str]) -> AsyncIterator[Watch]:
    """One that reads `targets` (job -> host:port) every two seconds, for as long as the block lasts."""
    config = {
        "global": {"scrape_interval": _EVERY, "scrape_timeout": _EVERY, "evaluation_interval": _EVERY},
        "rule_files": [str(HERE / "prometheus" / "rules" / "*.yaml")],
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": [place]}]} for job, place in targets.items()
        ],
    }
    file, port = folder / "prometheus.yaml", free_port()
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    with (folder / "prometheus.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            program("prometheus"), f"--config.file={file}", f"--storage.tsdb.path={folder / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{port}", stdout=log, stderr=log,
        )  # fmt: skip
    try:
        async with aiohttp.ClientSession() as session:
            watch = Watch(f"http://127.0.0.1:{port}", session)
            await wait_for(watch.ready, 60, what="Prometheus answers")
            yield watch
    finally:
        process.kill()
        await process.wait()
