"""The templates of the letters that regulators demand (templates/letters.<language>.yaml): what is known is
filled in, what only the owner knows stays as a blank in square brackets."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.chassis.errors import ConfigError
from services.followup.adapters.documents import At, read
from services.followup.domain.letters import Known
from services.followup.domain.words import ReplyKind

FOLDER = Path(__file__).parents[1] / "templates"
KINDS = (
    ReplyKind.ACKNOWLEDGEMENT,
    ReplyKind.HOLDING_REPLY,
    ReplyKind.DELAY_NOTICE,
    ReplyKind.SUMMARY_RESOLUTION,
    ReplyKind.FINAL_RESPONSE,
)
_FIELDS = ("name", "owner", "contact", "matter", "received", "answer_by", "ombudsman", "site")
_BLANK = re.compile(r"\[[^\]\n]+\]")


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter as far as it writes itself; `answer_by` is the date as its words write it."""

    language: str
    subject: str
    text: str
    blanks: tuple[str, ...]
    ombudsman: str
    answer_by: str


@dataclass(frozen=True, slots=True)
class Templates:
    """The letters of one language. `blanks` stand for what is not known; `date` is a form with {day},
    {month}, {year}."""

    language: str
    greeting: str
    greeting_unknown: str
    months: tuple[str, ...]
    date: str
    blanks: Mapping[str, str]
    letters: Mapping[ReplyKind, tuple[str, str]]

    def draft(self, kind: ReplyKind, about: Known) -> Draft:
        """The letter of this kind."""
        ombudsman = about.ombudsman.name if about.ombudsman else ""
        values = {
            "name": about.first_name,
            "owner": about.owner,
            "contact": about.contact,
            "matter": about.subject,
            "received": self._day(about.received),
            "answer_by": self._day(about.answer_by),
            "ombudsman": ombudsman,
            "site": about.ombudsman.site if about.ombudsman else "",
        }
        filled = {name: value or self.blanks[name] for name, value in values.items()}
        greeting = self.greeting.format(name=about.first_name) if about.first_name else self.greeting_unknown
        subject, text = (part.format(greeting=greeting, **filled) for part in self.letters[kind])
        blanks = tuple(dict.fromkeys(_BLANK.findall(f"{subject}\n{text}")))
        return Draft(self.language, subject, text, blanks, ombudsman, values["answer_by"])

    def _day(self, day: dt.date | None) -> str:
        if day is None:
            return ""
        return self.date.format(day=day.day, month=self.months[day.month - 1], year=day.year)


def load(folder: Path = FOLDER) -> Mapping[str, Templates]:
    """The templates of every language there is. Raises ConfigError naming file, line and column."""
    found = {}
    for file in sorted(folder.glob("letters.*.yaml")):
        templates = read(file.name, file.read_text(encoding="utf-8"), _templates)
        if file.name != f"letters.{templates.language}.yaml":
            raise ConfigError("bad_file", f"{file.name}: its language is {templates.language!r}")
        found[templates.language] = templates
    return found


def _templates(top: At) -> Templates:
    of = top.mapping(("language", "greeting", "greeting_unknown", "months", "date", "blanks", "letters"))
    months = [month.text() for month in of["months"].items()]
    if len(months) != 12:
        of["months"].wrong("twelve months are expected")
    letters = of["letters"].mapping([kind.value for kind in KINDS])
    return Templates(
        language=of["language"].text(),
        greeting=form(of["greeting"], ("name",)),
        greeting_unknown=of["greeting_unknown"].text(),
        months=tuple(months),
        date=form(of["date"], ("day", "month", "year")),
        blanks={name: _blank(entry) for name, entry in of["blanks"].mapping(_FIELDS).items()},
        letters={ReplyKind(kind): _letter(entry) for kind, entry in letters.items()},
    )


def _letter(entry: At) -> tuple[str, str]:
    of = entry.mapping(("subject", "text"))
    return form(of["subject"], ("greeting", *_FIELDS)), form(of["text"], ("greeting", *_FIELDS))


def form(entry: At, fields: tuple[str, ...]) -> str:
    """A text into which these can be filled. Raises Wrong."""
    text = entry.text()
    try:
        text.format(**dict.fromkeys(fields, ""))
    except (KeyError, IndexError, ValueError) as error:
        entry.wrong(f"{error} cannot be filled in: there are {', '.join(fields)}")
    return text


def _blank(entry: At) -> str:
    text = entry.text()
    if not _BLANK.fullmatch(text):
        entry.wrong("a blank stands in square brackets")
    return text
