"""Requests checked by what is declared beside their fields (amends.common.v1.rules), before anybody acts.

A field without a declaration gets the rules of its name (CONVENTIONS), its type and nothing else; docs/api.md
has the table. A message's rules are read once; a check costs microseconds (ADR 0007 has the figures).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from amends.common.v1 import rules_pb2
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis.errors import InvalidArgument

MAX_CHARACTERS = 65_536
MAX_ITEMS = 200
MAX_KEY = 200

_RULES: Any = rules_pb2.rules  # its stub says less of it than it is
_LINE = rules_pb2.Rules(one_line=True, max_len=MAX_KEY)
CONVENTIONS: Mapping[str, rules_pb2.Rules] = {
    "case_id": rules_pb2.Rules(uuid=True, required=True),
    "idempotency_key": _LINE,
    "on_behalf_of": _LINE,
    "reason": rules_pb2.Rules(max_len=2000),
    "if_version": rules_pb2.Rules(min=0),
    "page_size": rules_pb2.Rules(min=0),
    "page_token": rules_pb2.Rules(one_line=True, max_len=500),
}
"""What a field of this name must be like in every request that has one."""

_ANY_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # without tab, line feed, carriage return
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_FIRST_S, _LAST_S = -62_135_596_800, 253_402_300_799  # what a Timestamp may say, by its definition
_TIMES = {"from": "0001-01-01T00:00:00Z", "to": "9999-12-31T23:59:59Z"}
_INTEGERS = (
    FieldDescriptor.CPPTYPE_INT32,
    FieldDescriptor.CPPTYPE_INT64,
    FieldDescriptor.CPPTYPE_UINT32,
    FieldDescriptor.CPPTYPE_UINT64,
)


@dataclass(frozen=True, slots=True)
class Violation:
    """One field that is not as it must be. `reason` is `bad_<field>`, `<field>_missing`, `<field>_too_long`,
    `<field>_too_many` or `<field>_has_control_characters`; `allowed` what would have been accepted."""

    field: str
    reason: str
    description: str
    allowed: Mapping[str, str] = dataclasses.field(default_factory=dict)


class InvalidRequest(InvalidArgument):
    """The request is wrong in itself: `violations` has every field that is; `rule` is that of the first."""

    def __init__(self, violations: tuple[Violation, ...]) -> None:
        told = " ".join(violation.description for violation in violations)
        super().__init__(violations[0].reason, told, violations[0].allowed)
        self.violations = violations


def demand_valid(request: Message) -> None:
    """Raises InvalidRequest naming every field that breaks a rule."""
    found = tuple(_violations(request, ""))
    if found:
        raise InvalidRequest(found)


def _violations(message: Message, path: str) -> Iterator[Violation]:
    for known in _fields(message.DESCRIPTOR):
        value = getattr(message, known.name)
        if known.repeated:
            yield from _each(known, value, path)
        elif known.nested:
            if message.HasField(known.name):
                yield from _inside(known, value, path)
            elif known.rules.required:
                yield _missing(known, path)
        elif value:
            yield from _one(known, value, path)
        elif known.rules.required:
            yield _missing(known, path)


def _inside(known: _Field, value: Message, path: str) -> Iterator[Violation]:
    where = path + known.name
    if not isinstance(value, Timestamp):
        yield from _violations(value, f"{where}.")
    elif not (_FIRST_S <= value.seconds <= _LAST_S and 0 <= value.nanos < 1_000_000_000):
        yield Violation(where, f"bad_{known.name}", f"{where} is no point in time.", _TIMES)


def _each(known: _Field, values: Any, path: str) -> Iterator[Violation]:
    most = known.rules.max_items or MAX_ITEMS
    if len(values) > most:
        told = f"{path}{known.name} has {len(values)} entries, at most {most} are allowed."
        yield Violation(path + known.name, f"{known.name}_too_many", told, {"max": str(most)})
    elif known.rules.required and not values:
        yield _missing(known, path)
    else:
        for place, value in enumerate(_items(values)):
            if isinstance(value, Message):
                yield from _violations(value, f"{path}{known.name}[{place}].")
            else:
                yield from _one(known, value, path, f"[{place}]")


def _items(values: Any) -> Iterable[Any]:
    """A map's keys and values, or a list's entries."""
    return [*values.keys(), *values.values()] if isinstance(values, Mapping) else values


def _one(known: _Field, value: Any, path: str, place: str = "") -> Iterator[Violation]:
    if not value:
        return
    if isinstance(value, str):
        broken = _text(known, value)
    elif isinstance(value, bytes):
        broken = _length(known, value)
    elif known.enum is not None:
        broken = None if value in known.enum.values_by_number else ("bad_{}", "is not defined", _names(known))
    elif known.number:
        broken = _number(known, value)
    else:
        broken = None
    if broken is not None:
        reason, told, allowed = broken
        where = f"{path}{known.name}{place}"
        yield Violation(where, reason.format(known.name), f"{where} {told}.", allowed)


_Broken = tuple[str, str, Mapping[str, str]]


def _text(known: _Field, value: str) -> _Broken | None:
    if known.rules.uuid:
        return None if _is_uuid(value) else ("bad_{}", "is not a UUID", {})
    if (_ANY_CONTROL if known.rules.one_line else _CONTROL).search(value):
        permitted = "none" if known.rules.one_line else "tab, line feed, carriage return"
        return "{}_has_control_characters", "has control characters", {"control_characters": permitted}
    return _length(known, value)


def _length(known: _Field, value: str | bytes) -> _Broken | None:
    most = known.rules.max_len or MAX_CHARACTERS
    if len(value) <= most:
        return None
    return "{}_too_long", f"is {len(value)} long, at most {most} are allowed", {"max": str(most)}


def _number(known: _Field, value: int) -> _Broken | None:
    rules = known.rules
    if rules.HasField("min") and value < rules.min:
        return "bad_{}", f"is {value}, at least {rules.min} is needed", {"min": str(rules.min)}
    if rules.HasField("max") and value > rules.max:
        return "bad_{}", f"is {value}, at most {rules.max} is allowed", {"max": str(rules.max)}
    return None


def _is_uuid(text: str) -> bool:
    return _UUID.fullmatch(text) is not None


def _missing(known: _Field, path: str) -> Violation:
    where = path + known.name
    if known.rules.uuid:
        return Violation(where, f"bad_{known.name}", f"{where} must be a UUID.")
    allowed = _names(known) if known.enum is not None else {}
    return Violation(where, f"{known.name}_missing", f"{where} must say something.", allowed)


def _names(known: _Field) -> Mapping[str, str]:
    """The defined values of an enum, without the one that says nothing."""
    values = known.enum.values if known.enum is not None else ()
    return {"values": " ".join(value.name for value in values if value.number)}


@dataclass(frozen=True, slots=True)
class _Field:
    """A field with its rules, read once."""

    name: str
    rules: rules_pb2.Rules
    repeated: bool
    nested: bool
    number: bool
    enum: EnumDescriptor | None


@cache
def _fields(message: Descriptor) -> tuple[_Field, ...]:
    return tuple(_read(each) for each in message.fields)


def _read(of: FieldDescriptor) -> _Field:
    options = of.GetOptions()
    declared: rules_pb2.Rules = options.Extensions[_RULES]
    rules = declared if options.HasExtension(_RULES) else CONVENTIONS.get(of.name, declared)
    return _Field(
        name=of.name,
        rules=rules,
        repeated=of.is_repeated,
        nested=of.message_type is not None,
        number=of.cpp_type in _INTEGERS,
        enum=of.enum_type,
    )
