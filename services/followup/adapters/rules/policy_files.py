"""The clocks of a policy from its file: how long, by which calendar, what meets them, when to warn.

    clocks:
      response_60s: 60s                 # on the wall
      final:
        within: 8 weeks                 # or by severity: {low: 14d, normal: 7d, high: 3d, critical: 1d}
        close: end of day               # or: end of business, same time
        calendar: uk-bank
        met_by: final_response
        warn: [50%, 80%, -3d]
        source: DISP 1.6.2R

The clocks of a regulator's policy are called `regulator:<policy>:<clock>`. A calendar is pinned into the case
with the holidays of the years around the day the process started.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from services.chassis.errors import ConfigError
from services.followup.adapters.documents import At, read
from services.followup.adapters.rules import calendar_files
from services.followup.domain.calendar_days import Close, Unit
from services.followup.domain.calendars import Calendar
from services.followup.domain.policy import ANY, REGULATOR, Begins, MetBy, Ombudsman, Policy, Target
from services.followup.domain.words import ClockName, Severity

FOLDER = Path(__file__).parents[2] / "policies"
_RULES = ("begins", "accepted_within", "held_within")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)([smhd]?)")
_DAYS = re.compile(r"(\d+) (business days?|days?|weeks?|months?)")
_PERCENT = re.compile(r"([1-9]\d?)%")
# What meets the service's own clocks is not for a policy to say.
_OWN = {
    ClockName.PROPOSAL: MetBy.PROPOSAL,
    ClockName.RESOLUTION_FIRST: MetBy.RESOLUTION,
    ClockName.RESOLUTION_TOTAL: MetBy.RESOLUTION,
    ClockName.OWNER_TIME: MetBy.RESOLUTION,
}


@dataclass(frozen=True, slots=True)
class Calendars:
    """Where the calendars are found that a policy names: `own` texts by id, else those of the folder, else
    those that ship; with the holidays of `years`."""

    years: tuple[int, ...]
    own: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None

    def find(self, name: str) -> Calendar | None:
        """The calendar of this id. Raises ConfigError for one that is wrong."""
        if name in self.own:
            return calendar_files.parsed(f"{name}.yaml", self.own[name], self.years, None)
        for folder in (self.folder, calendar_files.FOLDER):
            file = (folder or calendar_files.FOLDER) / f"{name}.yaml"
            if file.is_file():
                return calendar_files.load(file, self.years)
        return None


def load(name: str, years: Iterable[int], folder: Path = FOLDER) -> Policy:
    """The policy of a regulator. Raises ConfigError naming file, line and column."""
    file = folder / f"{name}.yaml"
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError("missing_file", f"{file.name} is not there") from error
    return parsed(file.name, text, Calendars(tuple(years)))


def parsed(name: str, text: str, known: Calendars) -> Policy:
    """The policy of a text. Raises ConfigError as load does."""
    return read(name, text, partial(regulator, known=known))


def regulator(top: At, known: Calendars) -> Policy:
    """The policy of a document. Raises Wrong."""
    of = top.mapping(("id", "version", "title", "source", "dated", "clocks"), ("ombudsman",))
    of["title"].text(), of["source"].text(), of["dated"].day()
    policy_id = of["id"].text()
    prefix = f"{REGULATOR}{policy_id}:"
    found = tuple(target(f"{prefix}{key.text()}", clock) for key, clock in of["clocks"].pairs())
    ombudsman = None
    if "ombudsman" in of:
        whom = of["ombudsman"].mapping(("name", "site"))
        ombudsman = Ombudsman(whom["name"].text(), whom["site"].text())
    named = f"{policy_id}@{of['version'].whole(1, 9999)}"
    return Policy(named, found, calendars(of["clocks"], found, known), ombudsman)


def target(clock: str, entry: At) -> Target:
    """One clock of a policy. Raises Wrong."""
    met_by = _OWN.get(ClockName(clock), MetBy.ANSWER) if not clock.startswith(REGULATOR) else None
    if not isinstance(entry.value, dict):
        if met_by is None:
            entry.wrong("a regulator's clock says what it is met by and where that stands")
        return Target(clock, {ANY: length(entry)}, met_by)
    must = ("within",) if met_by else ("within", "met_by", "source")
    of = entry.mapping(must, ("close", "calendar", "warn", "source", *_RULES))
    if met_by is None:
        met_by = MetBy(of["met_by"].one_of([one.value for one in MetBy]))
    amount, unit = _within(of["within"])
    if "calendar" not in of and (unit is not Unit.SECONDS or "accepted_within" in of or "held_within" in of):
        entry.wrong("days are counted in a calendar")
    percents, before = _warnings(of.get("warn"))
    begins = _begins(entry, of)
    return Target(
        clock=clock,
        amount=amount,
        met_by=met_by,
        unit=unit,
        close=Close(of["close"].one_of([one.value for one in Close])) if "close" in of else Close.SAME_TIME,
        calendar=of["calendar"].text() if "calendar" in of else "",
        warn_percent=percents,
        warn_before_s=before,
        begins=begins,
        accepted_within=of["accepted_within"].whole(1, 99) if "accepted_within" in of else 0,
        held_within=of["held_within"].whole(1, 99) if "held_within" in of else 0,
    )


def _begins(entry: At, of: Mapping[str, At]) -> Begins:
    """What it begins with, and that the days are said in which that must have happened."""
    begins = Begins(of["begins"].one_of([one.value for one in Begins])) if "begins" in of else Begins.RECEIPT
    needed = {Begins.ACCEPTANCE: "accepted_within", Begins.HOLDING_REPLY: "held_within"}.get(begins)
    if needed and needed not in of:
        entry.wrong(f"{needed!r} is missing: in how many business days it must have come")
    return begins


def calendars(clocks: At, targets: Iterable[Target], known: Calendars) -> tuple[Calendar, ...]:
    """The calendars that the targets name, each once. Raises ConfigError for one that is wrong, Wrong for one
    that is not there."""
    found = []
    for name in sorted({one.calendar for one in targets if one.calendar}):
        calendar = known.find(name)
        if calendar is None:
            clocks.wrong(f"there is no calendar {name!r}")
        found.append(calendar)
    return tuple(found)


def length(entry: At) -> float:
    """A duration in seconds. Raises Wrong."""
    try:
        return seconds(entry.value)
    except ValueError as error:
        entry.wrong(str(error))


def seconds(value: object) -> float:
    """A duration: a number of seconds, or a number with s, m, h or d. Raises ValueError."""
    matched = _DURATION.fullmatch(str(value).strip())
    if matched is None:
        raise ValueError(f"not a duration: {value!r}")
    return float(matched[1]) * _UNITS[matched[2] or "s"]


def _within(entry: At) -> tuple[Mapping[str, float], Unit]:
    if isinstance(entry.value, dict):
        of = entry.mapping([one.value for one in Severity])
        return {severity: length(one) for severity, one in of.items()}, Unit.SECONDS
    matched = _DAYS.fullmatch(str(entry.value))
    if matched is None:
        return {ANY: length(entry)}, Unit.SECONDS
    return {ANY: float(matched[1])}, Unit(matched[2] if matched[2].endswith("s") else f"{matched[2]}s")


def _warnings(entry: At | None) -> tuple[tuple[int, ...], tuple[float, ...]]:
    percents: list[int] = []
    before: list[float] = []
    for one in entry.items() if entry is not None else ():
        matched = _PERCENT.fullmatch(str(one.value))
        if matched is not None:
            percents.append(int(matched[1]))
        elif str(one.value).startswith("-"):
            before.append(length(At(str(one.value)[1:], one.place)))
        else:
            one.wrong("a warning is a part of the time (80%) or a time before its end (-1h)")
    return tuple(sorted(percents)), tuple(sorted(before))
