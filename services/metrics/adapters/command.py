"""`python -m services.metrics recount`, what `amends recount` runs: exit code 0 equal, 1 not, 2 unknown."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import grpc

from services.chassis.clock import SystemClock
from services.chassis.db import Database
from services.chassis.errors import AmendsError
from services.metrics.adapters.recount import TOPICS, Journals, Wanted, recount
from services.metrics.adapters.results import keep
from services.metrics.app.recount import Report

_OWN_DSNS = ("AMENDS_METRICS_APP_DSN", "AMENDS_METRICS_SYSTEM_DSN")
EQUAL, DIFFERENT, UNKNOWN, USAGE = 0, 1, 2, 64


def main(argv: Sequence[str], env: Mapping[str, str] | None = None) -> int:
    """Recount one tenant and print the comparison."""
    env = os.environ if env is None else env
    asked = _arguments(argv, env)
    dsns = {service: env.get(f"AMENDS_{service.upper()}_SYSTEM_DSN", "") for service in TOPICS}
    missing = [f"AMENDS_{service.upper()}_SYSTEM_DSN" for service, dsn in dsns.items() if not dsn]
    missing += [name for name in _OWN_DSNS if asked.keep and not env.get(name)]
    if missing or not asked.token:
        return _complain(f"set {', '.join([*missing, *([] if asked.token else ['AMENDS_TOKEN'])])}", USAGE)
    clock = SystemClock()
    since = asked.since if asked.days is None else clock.now() - timedelta(days=asked.days)
    work = recount(
        Journals(dsns, asked.target, asked.token),
        Wanted(asked.tenant, since, asked.until),
        clock,
        timedelta(seconds=asked.patience),
    )
    try:
        report = asyncio.run(_counted(work, env if asked.keep else None))
    except AmendsError as refused:
        return _complain(f"{refused}", UNKNOWN)
    except grpc.aio.AioRpcError as refused:
        return _complain(f"metrics answered {refused.code().name}: {refused.details()}", UNKNOWN)
    sys.stdout.write(_as_json(report) if asked.json else _as_text(report))
    return EQUAL if report.equal else DIFFERENT


async def _counted(work: Awaitable[Report], env: Mapping[str, str] | None) -> Report:
    """The report; with an environment it is kept in metrics' own database, too."""
    report = await work
    if env is not None:
        app, system = (env[name] for name in _OWN_DSNS)
        async with Database.open(app, system, name="recount", max_size=1) as database:
            await keep(database, report)
    return report


def _arguments(argv: Sequence[str], env: Mapping[str, str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m services.metrics recount", description=__doc__)
    parser.add_argument("--tenant", required=True)
    parser.add_argument("--target", default=env.get("AMENDS_METRICS_GRPC_BIND", "127.0.0.1:0"))
    parser.add_argument("--since", type=_moment, help="windows from here on, ISO 8601, UTC without offset")
    parser.add_argument("--days", type=int, help="instead of --since: the last so many days")
    parser.add_argument("--until", type=_moment, help="windows before this")
    parser.add_argument("--keep", action="store_true", help="leave the result to metrics, which shows it")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds to wait for the stream")
    parser.add_argument("--json", action="store_true")
    # Not an option: the process list would show it.
    parser.set_defaults(token=env.get("AMENDS_TOKEN", ""))
    return parser.parse_args(argv)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _complain(text: str, code: int) -> int:
    sys.stderr.write(f"recount: {text}\n")
    return code


def _as_json(report: Report) -> str:
    told = {
        "tenant": report.tenant_id,
        "equal": report.equal,
        "as_of": report.as_of.isoformat(),
        "read": dict(report.read),
        "refused": report.refused,
        "lines": [{**line._asdict(), "equal": line.equal} for line in report.lines],
    }
    return json.dumps(told) + "\n"


def _as_text(report: Report) -> str:
    shown = [line for line in report.lines if line.recounted or line.streamed]
    rows = [
        f"{'=' if line.equal else '!'} {line.channel:<24} {line.name:<36} "
        f"{line.recounted:>14g} {line.streamed:>14g}"
        for line in shown
    ]
    verdict = "equal" if report.equal else f"NOT equal: {len(report.differing)} figures differ"
    head = f"  {'channel':<24} {'figure':<36} {'recounted':>14} {'streamed':>14}"
    return "\n".join([head, *rows, f"{len(report.lines)} figures of {report.tenant_id}: {verdict}", ""])
