"""`amends simulate` without the command line: find the people, the platform, drive, tell."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from services.standalone.demo.scenario import load
from services.standalone.layout import Layout
from services.standalone.maven import Progress
from services.standalone.servers import ServerSettings
from services.standalone.simulate.crowd import Manners, crew
from services.standalone.simulate.drive import Drive
from services.standalone.simulate.page import page
from services.standalone.simulate.report import Report, report_of
from services.standalone.simulate.schedule import Plan
from services.standalone.simulate.site import site

# Each case takes three thoughts, and nobody is at it all the time.
_THOUGHTS_PER_CASE, _IDLE = 3, 1.5
_MOST_EMPLOYEES = 200


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for; `employees` 0 = as many as the rate needs; a customer stays `patience_s`."""

    plan: Plan
    manners: Manners
    employees: int = 0
    patience_s: float = 120.0
    folder: Path | None = None


async def simulate(
    options: Options, running: Mapping[str, str], home: Layout, own: ServerSettings, progress: Progress
) -> Report:
    """The whole load on the platform that `running` describes, else on one of its own; its report.

    With a folder `report.json` and `report.html` are written into it. Only what this started is ended.
    """
    scenario = replace(load(), employees=tuple(crew(options.employees or _enough(options))))
    async with site(scenario, running, home, own, progress) as here:
        where = "a platform of its own" if here.ours else "the running platform"
        progress(f"{len(scenario.employees)} employees are at work on {where}")
        drive = Drive(here, scenario, options.plan, options.manners, progress)
        await drive.run(options.patience_s)
    report = report_of(drive.observed)
    if options.folder is not None:
        options.folder.mkdir(parents=True, exist_ok=True)
        (options.folder / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        (options.folder / "report.html").write_text(page(report), encoding="utf-8")
    return report


def _enough(options: Options) -> int:
    """So many employees as keep up with the mean rate."""
    needed = options.plan.rate * _THOUGHTS_PER_CASE * options.manners.think_s * _IDLE
    return min(_MOST_EMPLOYEES, 2 + math.ceil(needed))
