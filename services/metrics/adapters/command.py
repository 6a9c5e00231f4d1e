"""`python -m services.metrics recount`, what `amends recount` runs: exit code 0 equal, 1 not, 2 unknown."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import grpc

from services.chassis.clock import SystemClock
from services.chassis.errors import AmendsError
from services.metrics.adapters.recount import TOPICS, Journals, Wanted, recount
from services.metrics.app.recount import Report

EQUAL, DIFFERENT, UNKNOWN, USAGE = 0, 1, 2, 64


def main(argv: Sequence[str], env: Mapping[str, str] | None = None) -> int:
    """Recount one tenant and print the comparison."""
    env = os.environ if env is None else env
    asked = _arguments(argv, env)
    dsns = {service: env.get(f"AMENDS_{service.upper()}_SYSTEM_DSN", "") for service in TOPICS}
    missing = [f"AMENDS_{service.upper()}_SYSTEM_DSN" for service, dsn in dsns.items() if not dsn]
    if missing or not asked.token:
        return _complain(f"set {', '.join([*missing, *([] if asked.token else ['AMENDS_TOKEN'])])}", USAGE)
    work = recount(
        Journals(dsns, asked.target, asked.token),
        Wanted(asked.tenant, asked.since, asked.until),
        SystemClock(),
        timedelta(seconds=asked.patience),
    )
    try:
        report = asyncio.run(work)
    except AmendsError as refused:
        return _complain(f"{refused}", UNKNOWN)
    except grpc.aio.AioRpcError as refused:
        return _complain(f"metrics answered {refused.code().name}: {refused.details()}", UNKNOWN)
    sys.stdout.write(_as_json(report) if asked.json else _as_text(report))
    return EQUAL if report.equal else DIFFERENT


def _arguments(argv: Sequence[str], env: Mapping[str, str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m services.metrics recount", description=__doc__)
    parser.add_argument("--tenant", required=True)
    parser.add_argument("--target", default=env.get("AMENDS_METRICS_GRPC_BIND", "127.0.0.1:0"))
    parser.add_argument("--since", type=_moment, help="windows from here on, ISO 8601, UTC without offset")
    parser.add_argument("--until", type=_moment, help="windows before this")
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
