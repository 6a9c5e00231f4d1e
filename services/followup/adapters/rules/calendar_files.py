"""Calendars from their files: hours of the week, days that differ, holidays of a country or of an iCal file.

    id: uk-bank
    zone: Europe/London
    hours: {mon-fri: ["09:00-12:30", "13:30-17:00"], sat: ["22:00-02:00"]}     # or: always
    holidays: [{country: GB, part: ENG}, {market: XECB}, {ical: works-outing.ics}]
    days: {2026-12-24: ["09:00-12:00"], 2026-12-31: []}

`ical` is the name of a file in the same folder, or its text. `days` win over holidays. A file may hold hours
that run past midnight; they belong to the day they begin on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from importlib import import_module
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.chassis.errors import ConfigError
from services.followup.adapters.documents import At, read
from services.followup.adapters.rules import ical
from services.followup.domain.calendars import ALWAYS, DAY_S, Block, Calendar, Special

FOLDER = Path(__file__).parents[2] / "calendars"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FIRST_YEAR, LAST_YEAR = 1990, 2100
_ICAL = "BEGIN:VCALENDAR"
_HOURS = re.compile(r"(\d\d):(\d\d)(?::(\d\d))?-(\d\d):(\d\d)(?::(\d\d))?")


def load(file: Path, years: Iterable[int]) -> Calendar:
    """The calendar of a file, with the holidays of these years. Raises ConfigError naming file and line."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("missing_file", f"{file.name}: {error}") from error
    return parsed(file.name, text, years, file.parent)


def parsed(name: str, text: str, years: Iterable[int], folder: Path | None) -> Calendar:
    """The calendar of a text; iCal files that it names lie in `folder`; without one their text stands in it.
    Raises ConfigError."""
    return read(name, text, partial(_calendar, years=tuple(years), folder=folder))


def _calendar(top: At, years: tuple[int, ...], folder: Path | None) -> Calendar:
    of = top.mapping(("id", "zone", "hours"), ("holidays", "days"))
    special = {day: Special(day) for day in _holidays(of.get("holidays"), years, folder)}
    for key, hours in of["days"].pairs() if "days" in of else ():
        special[key.day()] = Special(key.day(), _blocks(hours))
    zone = of["zone"].text()
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        of["zone"].wrong(f"there is no time zone {zone!r}")
    return Calendar(of["id"].text(), zone, _week(of["hours"]), tuple(special[day] for day in sorted(special)))


def _week(hours: At) -> tuple[tuple[Block, ...], ...]:
    if hours.value == "always":
        return ALWAYS
    week: list[tuple[Block, ...]] = [()] * 7
    for key, blocks in hours.pairs():
        for index in _weekdays(key):
            if week[index]:
                key.wrong(f"{WEEKDAYS[index]} has its hours already")
            week[index] = _blocks(blocks)
    if not any(week):
        hours.wrong("an office opens at some time")
    return tuple(week)


def _weekdays(key: At) -> range:
    first, _, last = key.text().partition("-")
    if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
        key.wrong(f"a weekday or a range of them is expected: {', '.join(WEEKDAYS)}")
    found = range(WEEKDAYS.index(first), WEEKDAYS.index(last or first) + 1)
    if not found:
        key.wrong("a range of weekdays begins with the earlier one")
    return found


def _blocks(hours: At) -> tuple[Block, ...]:
    blocks: list[Block] = []
    for one in hours.items():
        block = _block(one)
        if blocks and block[0] < blocks[-1][1]:
            one.wrong("the hours of a day come one after the other")
        blocks.append(block)
    return tuple(blocks)


def _block(hours: At) -> Block:
    matched = _HOURS.fullmatch(hours.text())
    if matched is None:
        hours.wrong('hours are written "09:00-17:30", seconds may follow')
    first, last = (_second(hours, matched.groups("0")[part : part + 3]) for part in (0, 3))
    # "22:00-06:00" ends on the next day, "00:00-24:00" is the whole one.
    return (first, last if last > first else last + DAY_S)


def _second(hours: At, parts: tuple[str, ...]) -> int:
    hour, minute, second = (int(part) for part in parts)
    found = hour * 3600 + minute * 60 + second
    if minute > 59 or second > 59 or found > DAY_S:
        hours.wrong("a day has 24 hours")
    return found


def _holidays(entries: At | None, years: tuple[int, ...], folder: Path | None) -> set[date]:
    found: set[date] = set()
    for entry in entries.items() if entries is not None else ():
        of = entry.mapping((), ("country", "part", "market", "ical"))
        kinds = [kind for kind in ("country", "market", "ical") if kind in of]
        if len(kinds) != 1:
            entry.wrong("one of country, market, ical is expected")
        found |= _SOURCES[kinds[0]](of, years, folder)
    return found


def _of_country(of: dict[str, At], years: tuple[int, ...], folder: Path | None) -> set[date]:
    part = of["part"].text() if "part" in of else None
    return _of_library(of["country"], "country_holidays", years, part)


def _of_market(of: dict[str, At], years: tuple[int, ...], folder: Path | None) -> set[date]:
    return _of_library(of["market"], "financial_holidays", years, None)


def _of_library(named: At, function: str, years: tuple[int, ...], part: str | None) -> set[date]:
    # Reading the library costs some 20 MB and 0.3 s; a service whose calendars name no country never pays it.
    library = import_module("holidays")
    try:
        return set(getattr(library, function)(named.text(), subdiv=part, years=years))
    except RuntimeError as error:  # what it says for a country, a part or a market that it does not have
        named.wrong(str(error))


def _of_ical(of: dict[str, At], years: tuple[int, ...], folder: Path | None) -> set[date]:
    told = of["ical"].text()
    itself = told.lstrip().startswith(_ICAL)
    if folder is None and not itself:
        of["ical"].wrong("a calendar that is kept by itself has no file beside it: put its text here")
    if not itself and Path(told).name != told:
        of["ical"].wrong("an iCal file lies beside its calendar")
    try:
        content = told.encode() if itself or folder is None else (folder / told).read_bytes()
        return ical.days(content, min(years, default=FIRST_YEAR), max(years, default=LAST_YEAR))
    except (OSError, ical.BadICal) as error:
        of["ical"].wrong(f"{'its text' if itself else told}: {error}")


_SOURCES: dict[str, Callable[[dict[str, At], tuple[int, ...], Path | None], set[date]]] = {
    "country": _of_country,
    "market": _of_market,
    "ical": _of_ical,
}
