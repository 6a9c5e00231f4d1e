"""Calendars as files: what they say, whose holidays they have, and where exactly one is wrong."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from services.chassis.errors import ConfigError
from services.followup.adapters.rules.calendar_files import FOLDER, load, parsed
from services.followup.adapters.rules.ical import BadICal, days
from services.followup.domain.calendars import ALWAYS, Block, Calendar

H = 3600
YEARS = (2026, 2027)
PLAIN = """id: shop
zone: Europe/Paris
hours:
  mon-thu: ["09:00-12:30", "14:00-18:30:15"]
  fri: ["22:00-02:00"]
days:
  2026-12-24: ["09:00-12:00"]
  2026-12-25: []
"""
ICAL = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
{events}
END:VCALENDAR
"""


def shop(text: str, folder: Path = FOLDER) -> Calendar:
    return parsed("shop.yaml", text, YEARS, folder)


def closed(calendar: Calendar) -> set[date]:
    return {one.day for one in calendar.special if not one.blocks}


def ical(*events: str) -> bytes:
    wrapped = "\n".join(
        f"BEGIN:VEVENT\nUID:{number}\n{event}\nEND:VEVENT" for number, event in enumerate(events)
    )
    return ICAL.format(events=wrapped).replace("\n", "\r\n").encode()


def test_hours_by_weekday_and_days_that_differ_are_read_to_the_second() -> None:
    calendar = shop(PLAIN)
    office: tuple[Block, ...] = ((9 * H, 12 * H + 1800), (14 * H, 18 * H + 1815))
    assert calendar.week == ((office,) * 4 + (((22 * H, 26 * H),), (), ()))
    assert [(one.day.day, one.blocks) for one in calendar.special] == [(24, ((9 * H, 12 * H),)), (25, ())]


def test_always_is_every_second_of_the_week() -> None:
    assert shop("id: a\nzone: UTC\nhours: always\n").week == ALWAYS
    assert shop('id: a\nzone: UTC\nhours: {mon-sun: ["00:00-24:00"]}\n').week == ALWAYS


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("zone: Europe/Paris", "zone: Europe/Pariss", "shop.yaml:2:1: there is no time zone"),
        ("zone: Europe/Paris", "zone: ../../etc", "shop.yaml:2:1: there is no time zone"),
        ('"09:00-12:30"', '"9-12"', "shop.yaml:4:13: hours are written"),
        ('"09:00-12:30"', '"09:00-12:75"', "shop.yaml:4:13: a day has 24 hours"),
        ('"09:00-12:30"', '"09:00-15:30"', "shop.yaml:4:28: the hours of a day come one after the other"),
        ("  fri:", "  thu:", "shop.yaml:5:3: thu has its hours already"),
        ("  fri:", "  fry:", "shop.yaml:5:3: a weekday"),
        ("  fri:", "  sun-mon:", "shop.yaml:5:3: a range of weekdays begins"),
        ("  2026-12-25: []", "  Christmas: []", "shop.yaml:8:3: a date is expected"),
        ("  2026-12-25: []", "  2026-12-24: []", "shop.yaml:8:3: '2026-12-24' is here twice"),
        ("id: shop", "name: shop", "shop.yaml:1:1: 'name' is not known here"),
        ("id: shop\n", "", "shop.yaml:1:1: 'id' is missing"),
        ("id: shop", "id: [", "shop.yaml:3:6: "),
        ("days:", "holidays: [{country: XX}]\ndays:", "shop.yaml:6:13: Country XX not available"),
        ("days:", "holidays: [{part: ENG}]\ndays:", "shop.yaml:6:12: one of country, market, ical"),
        ("days:", "holidays: [{ical: ../x.ics}]\ndays:", "shop.yaml:6:13: an iCal file lies beside"),
        ("days:", "holidays: [{ical: none.ics}]\ndays:", "shop.yaml:6:13: none.ics: "),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_column(old: str, new: str, told: str) -> None:
    assert old in PLAIN
    with pytest.raises(ConfigError) as refused:
        shop(PLAIN.replace(old, new, 1))
    assert told in str(refused.value)


def test_the_text_of_an_ical_file_may_stand_in_the_calendar_which_then_needs_no_folder() -> None:
    text = ical(
        "DTSTART;VALUE=DATE:20260601\nSUMMARY:Founder's\n  day", "DTSTART;VALUE=DATE:20261228"
    ).decode()
    block = "".join(f"      {line}\n" for line in text.splitlines())
    calendar = PLAIN.replace("days:", f"holidays:\n  - ical: |\n{block}days:")
    found = closed(parsed("own", calendar, YEARS, None))
    assert {f"{day:%m-%d}" for day in found} == {"06-01", "12-25", "12-28"}
    with pytest.raises(ConfigError, match=r"own:7:5: its text: "):
        parsed("own", calendar.replace("      END:VCALENDAR\n", "").replace("END:VEVENT", ""), YEARS, None)
    with pytest.raises(ConfigError, match="put its text here"):
        parsed("own", PLAIN.replace("days:", "holidays: [{ical: own.ics}]\ndays:"), YEARS, None)


@pytest.mark.parametrize(
    ("name", "holidays"),
    [
        (
            "uk-bank",
            "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
        ),
        (
            "ie-bank",
            "01-01 02-02 03-17 04-06 05-04 06-01 08-03 10-26 12-25",
        ),
        ("eu-target", "01-01 04-03 04-06 05-01 12-25"),
        ("us-federal", "01-01 01-19 02-16 05-25 06-19 09-07 10-12 11-11 11-26 12-25"),
        ("au-sydney", "01-01 01-26 04-03 04-06 04-27 06-08 10-05 12-25 12-28"),
    ],
)
def test_the_calendars_that_ship_are_closed_on_the_weekday_holidays_of_2026(name: str, holidays: str) -> None:
    """By hand, from the lists that the governments and the ECB publish."""
    calendar = load(FOLDER / f"{name}.yaml", [2026])
    assert calendar.calendar_id == name
    found = {f"{day:%m-%d}" for day in closed(calendar) if day.weekday() < 5}
    assert found == set(holidays.split())


def test_every_calendar_that_ships_is_among_those_checked_here() -> None:
    assert {file.stem for file in FOLDER.glob("*.yaml")} == {
        "uk-bank", "ie-bank", "eu-target", "us-federal", "au-sydney"
    }  # fmt: skip


def test_the_holidays_of_a_country_are_read_only_when_a_calendar_names_one() -> None:
    program = (
        "import sys; from services.followup.adapters.rules.calendar_files import parsed, FOLDER;"
        "parsed('a', 'id: a\\nzone: UTC\\nhours: always\\n', [2026], FOLDER);"
        "sys.exit(any(name in sys.modules for name in ('holidays', 'icalendar')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_an_ical_file_closes_its_whole_days_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "own.ics").write_bytes(
        ical(
            "DTSTART;VALUE=DATE:20260601\nSUMMARY:Founder's day",
            "DTSTART;VALUE=DATE:20261228\nDTEND;VALUE=DATE:20270102",
            "DTSTART:20260602T120000Z\nDTEND:20260602T130000Z",
            "DTSTART;VALUE=DATE:20260603\nSTATUS:CANCELLED",
        )
    )
    calendar = shop(PLAIN.replace("days:", "holidays: [{ical: own.ics}]\ndays:"), tmp_path)
    assert {f"{day:%m-%d}" for day in closed(calendar)} == {
        "06-01", "12-25", "12-28", "12-29", "12-30", "12-31", "01-01"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("DTSTART;VALUE=DATE:20000501\nRRULE:FREQ=YEARLY", "2026-05-01 2027-05-01"),
        # The last Monday of May.
        ("DTSTART;VALUE=DATE:20000529\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO", "2026-05-25 2027-05-31"),
        ("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY;COUNT=1", "2026-01-01"),
        ("DTSTART;VALUE=DATE:20200101\nRRULE:FREQ=YEARLY;UNTIL=20260601", "2026-01-01"),
        ("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20260101", "2027-01-01"),
        ("DTSTART;VALUE=DATE:20260101\nRDATE;VALUE=DATE:20260704", "2026-01-01 2026-07-04"),
        ("DTSTART;VALUE=DATE:20251230\nDURATION:P4D", "2026-01-01 2026-01-02"),
        ("DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY", ""),
        ("SUMMARY:no day at all", ""),
    ],
)
def test_repeated_days_are_followed_inside_the_years_asked_for(event: str, expected: str) -> None:
    assert sorted(str(day) for day in days(ical(event), 2026, 2027)) == expected.split()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nothing of the kind",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n",
        b"x" * 1_000_001,
        ical("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=SECONDLY"),
        ical("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY"),
        ical("DTSTART;VALUE=DATE:00010101\nRRULE:FREQ=YEARLY"),
        ical("DTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20280101"),
        ical(*["DTSTART;VALUE=DATE:20260101"] * 5_001),
    ],
    ids=[
        "empty",
        "words",
        "cut off",
        "too long",
        "every second",
        "every day",
        "year 1",
        "two years",
        "too many",
    ],
)
def test_a_file_that_is_no_list_of_holidays_is_refused(content: bytes) -> None:
    with pytest.raises(BadICal):
        days(content, 2026, 2027)
