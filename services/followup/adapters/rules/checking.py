"""`check-policy` and `check-calendar`: what is wrong in a file, by line and column, before anybody follows
it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from services.chassis.errors import ConfigError
from services.followup.adapters import policies
from services.followup.adapters.documents import BadDocument
from services.followup.adapters.rules import calendar_files
from services.followup.adapters.rules.policy_files import Calendars
from services.followup.domain.calendars import Calendar
from services.followup.domain.policy import ANY, Policy, due_at
from services.followup.domain.record import Terms


def main(kind: str, argv: Sequence[str]) -> int:
    """`check-policy` or `check-calendar`, FILE [--json]: 0 and what the file says, else 1 and
    file:line:column: what is wrong. --received says the due times of a complaint received then."""
    parser = argparse.ArgumentParser(f"check-{kind}")
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--received", type=_instant, default=datetime.now(UTC))
    asked = parser.parse_args(argv)
    try:
        text = asked.file.read_text(encoding="utf-8")
        found = (
            _calendar(asked.file, text) if kind == "calendar" else _policy(asked.file, text, asked.received)
        )
    except BadDocument as bad:
        return _wrong(asked.file, asked.json, bad.line, bad.column, bad.said)
    except (OSError, UnicodeDecodeError, ConfigError) as error:
        return _wrong(asked.file, asked.json, 1, 1, str(error))
    sys.stdout.write(json.dumps({**found, "mistakes": []}) + "\n" if asked.json else _told(found))
    return 0


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _wrong(file: Path, as_json: bool, line: int, column: int, said: str) -> int:
    mistake = {"line": line, "column": column, "said": said}
    told = json.dumps({"mistakes": [mistake]}) if as_json else f"{file}:{line}:{column}: {said}"
    sys.stdout.write(told + "\n")
    return 1


def _calendar(file: Path, text: str) -> dict[str, Any]:
    now = datetime.now(UTC).year
    found = calendar_files.parsed(file.name, text, range(now - 1, now + 4), file.parent)
    return {"id": found.calendar_id, "zone": found.zone, "days": len(found.special)}


def _policy(file: Path, text: str, received: datetime) -> dict[str, Any]:
    known = Calendars(tuple(range(received.year - 1, received.year + 4)), folder=file.parent)
    found = policies.either(file.name, text, known)
    policy = found.policy if isinstance(found, Terms) else found
    name, _, version = policy.policy_id.partition("@")
    kind = "service" if isinstance(found, Terms) else "regulator"
    return {"id": name, "version": int(version), "kind": kind, "due": _due(policy, received)}


def _due(policy: Policy, received: datetime) -> dict[str, dict[str, str]]:
    """By clock and severity ("" for all), when it would be due that began at `received`."""
    return {
        target.clock: {
            severity: _local(
                due_at(target, amount, received, policy.calendar(target)), policy.calendar(target)
            )
            for severity, amount in target.amount.items()
        }
        for target in policy.targets
    }


def _local(at: datetime, calendar: Calendar | None) -> str:
    return at.astimezone(ZoneInfo(calendar.zone) if calendar else UTC).isoformat(timespec="seconds")


def _told(found: dict[str, Any]) -> str:
    if "zone" in found:
        return f"{found['id']}: {found['zone']}, days that differ from the week: {found['days']}\n"
    lines = [f"{found['id']} version {found['version']}: a policy of {_OF[found['kind']]}"]
    for clock, due in found["due"].items():
        lines += [
            f"  {clock}{f' ({severity})' if severity != ANY else ''}: {at}" for severity, at in due.items()
        ]
    return "\n".join(lines) + "\n"


_OF = {"service": "the service", "regulator": "a regulator"}
