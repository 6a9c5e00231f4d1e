"""How the columns of an earlier system's export become complaints: the mapping file.

Its shape is mapping.schema.json beside this file; docs/channels/import.md explains every field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import yaml
from msgspec import Meta, Struct

from services.chassis.errors import ConfigError

Column = Annotated[str, Meta(min_length=1, description="a column of the CSV, or a dotted path of the JSON")]
Row = Mapping[str, str]
_VERSIONED = ("text", "occurred_at", "subject", "category", "severity")


class Translated(Struct, forbid_unknown_fields=True):
    """A column whose values become other words: `values` by exact text, else `default`, else as it is."""

    column: Column
    values: dict[str, str] = {}
    default: str | None = None


class When(Struct, forbid_unknown_fields=True):
    """A moment, such as when the customer complained. `format` is of strptime, ISO 8601 where absent; `zone`
    for times without an offset."""

    column: Column
    format: str = ""
    zone: str = ""


class Who(Struct, forbid_unknown_fields=True):
    """The customer: at least one of email, phone, crm_id and handle."""

    name: Column = ""
    first_name: Column = ""
    email: Column = ""
    phone: Column = ""
    crm_id: Column = ""
    handle: Column = ""


class Only(Struct, forbid_unknown_fields=True):
    """Take the rows whose `column` is one of `values`; the others are counted and left."""

    column: Column
    values: list[str]


Source = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,62}$", description="the earlier system's name")]
Field = Column | Translated


class MappingFile(Struct, forbid_unknown_fields=True):
    """The file."""

    source: Source
    id: Column
    text: Column | list[Column]
    occurred_at: When
    customer: Who
    subject: Field = ""
    language: Field = ""
    category: Field = ""
    severity: Field = ""
    required_skill: Field = ""
    point_of_contact_id: Field = ""
    due_at: When | None = None
    closed_at: When | None = None
    same_id: Literal["reject", "last_wins"] = "reject"
    only: Only | None = None
    encoding: str = "utf-8-sig"
    delimiter: Annotated[str, Meta(min_length=1, max_length=1)] = ","


class RowError(Exception):
    """A row cannot be taken over: the rule it breaks, the column, what to do. It holds no personal data."""

    def __init__(self, rule: str, what_to_do: str, column: str = "") -> None:
        self.rule, self.what_to_do, self.column = rule, what_to_do, column
        super().__init__(f"{rule}: {what_to_do}")


def load(file: Path) -> MappingFile:
    """The mapping of a file. Raises ConfigError naming the place, OSError."""
    try:
        mapping = msgspec.convert(yaml.safe_load(file.read_text(encoding="utf-8")), MappingFile)
        "".encode(mapping.encoding)
        for when in (mapping.occurred_at, mapping.due_at, mapping.closed_at):
            if when and when.zone:
                ZoneInfo(when.zone)
    except (yaml.YAMLError, UnicodeDecodeError, LookupError, ValueError, ZoneInfoNotFoundError) as wrong:
        raise ConfigError("bad_mapping", f"{file.name}: {wrong}") from wrong
    who = mapping.customer
    if not (who.email or who.phone or who.crm_id or who.handle):
        raise ConfigError("bad_mapping", f"{file.name}: customer names none of email, phone, crm_id, handle")
    return mapping


def columns(mapping: MappingFile) -> set[str]:
    """Every column the mapping reads."""
    texts = [mapping.text] if isinstance(mapping.text, str) else mapping.text
    named = [
        mapping.id,
        *(when.column for when in (mapping.occurred_at, mapping.due_at, mapping.closed_at) if when),
        *texts,
        *msgspec.structs.asdict(mapping.customer).values(),
    ]
    named += [one if isinstance(one, str) else one.column for one in _fields(mapping).values()]
    if mapping.only:
        named.append(mapping.only.column)
    return {name for name in named if name}


def wanted(mapping: MappingFile, row: Row) -> bool:
    """Whether a row is to be taken over at all."""
    return mapping.only is None or row.get(mapping.only.column, "") in mapping.only.values


def differ(mapping: MappingFile, one: Row, other: Row) -> bool:
    """Whether two versions of a row differ in anything the mapping reads."""
    return any(one.get(name) != other.get(name) for name in columns(mapping))


def body_of(
    mapping: MappingFile, row: Row, *, acknowledge: bool, now: datetime, earlier: Sequence[Row] = ()
) -> bytes:
    """The request of a row and of its earlier versions, the same bytes for the same rows. Raises RowError."""
    document = _said(mapping, row, now)
    document["customer"] = _customer(mapping.customer, row)
    document["imported_from"] = mapping.source
    if mapping.due_at and (due := moment(mapping.due_at, row)):
        document["due_at"] = _written(due)
    if acknowledge:
        document["acknowledge"] = True
    versions = [_version(mapping, one, now) for one in (*earlier, row)]
    told = [one for one, later in pairwise(versions) if one != later]
    if told:
        document["earlier_versions"] = told
    return msgspec.json.encode(document)


def _version(mapping: MappingFile, row: Row, now: datetime) -> dict[str, Any]:
    said = _said(mapping, row, now)
    return {name: said[name] for name in _VERSIONED if name in said}


def _said(mapping: MappingFile, row: Row, now: datetime) -> dict[str, Any]:
    """What was complained of, as far as it may differ from version to version."""
    document: dict[str, Any] = {"text": _text(mapping, row), "occurred_at": _made_at(mapping, row, now)}
    for name, field in _fields(mapping).items():
        value = _translated(field, row)
        if value:
            document[name] = value
    return document


def _made_at(mapping: MappingFile, row: Row, now: datetime) -> str:
    at, column = moment(mapping.occurred_at, row), mapping.occurred_at.column
    if at is None:
        raise RowError("bad_time", "say when the customer complained", column)
    if at > now:
        raise RowError("time_in_future", "correct the time: it has not happened yet", column)
    return _written(at)


def _written(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _fields(mapping: MappingFile) -> dict[str, Field]:
    names = ("subject", "language", "category", "severity", "required_skill", "point_of_contact_id")
    return {name: getattr(mapping, name) for name in names}


def _text(mapping: MappingFile, row: Row) -> str:
    names = [mapping.text] if isinstance(mapping.text, str) else mapping.text
    text = "\n\n".join(said for name in names if (said := row.get(name, "").strip()))
    if not text:
        raise RowError("no_text", "give the row a text, or leave it out with `only`", names[0])
    if len(text) > 64_000:
        raise RowError("text_too_long", "shorten it to 64,000 characters", names[0])
    return text


def _customer(who: Who, row: Row) -> dict[str, str]:
    named = msgspec.structs.asdict(who)
    told = {
        name: value for name, column in named.items() if column and (value := row.get(column, "").strip())
    }
    if not told.keys() & {"email", "phone", "crm_id", "handle"}:
        reached = who.email or who.phone or who.crm_id or who.handle
        raise RowError("no_party", "add an e-mail, phone, CRM id or handle of the customer", reached)
    return told


def moment(when: When, row: Row) -> datetime | None:
    """A moment in UTC; None where the column is empty. Raises RowError."""
    text = row.get(when.column, "").strip()
    if not text:
        return None
    try:
        found = _parsed(text, when.format)
        if found.tzinfo is None:
            if not when.zone:
                raise RowError("no_offset", "name a zone beside the column in the mapping", when.column)
            found = found.replace(tzinfo=ZoneInfo(when.zone))
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise RowError("bad_time", "write it as the mapping's format says", when.column) from None


def _parsed(text: str, form: str) -> datetime:
    # Without an offset it is naive here, and gets the mapping's zone at once.
    return datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007


def _translated(field: Field, row: Row) -> str:
    if isinstance(field, str):
        return row.get(field, "").strip() if field else ""
    value = row.get(field.column, "").strip()
    return field.values.get(value, value if field.default is None else field.default)


def schema() -> dict[str, Any]:
    """The JSON Schema of the file, for editors and reviewers."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(MappingFile)}
