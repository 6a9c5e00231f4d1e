"""The published JSON Schemas of policies and calendars, made of the words that the readers know. What a
schema cannot say (that a calendar is there, that hours do not overlap) is checked by reading."""

from __future__ import annotations

import json
from typing import Any

from services.followup.adapters.rules.calendar_files import WEEKDAYS
from services.followup.domain.calendar_days import Close
from services.followup.domain.policy import Begins, MetBy
from services.followup.domain.words import ClockName, Severity

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]
_TEXT: Schema = {"type": "string", "minLength": 1}
_DAY: Schema = {"type": "string", "format": "date"}
_VERSION: Schema = {"type": "integer", "minimum": 1, "maximum": 9999}
_LENGTH: Schema = {
    "description": "seconds, or a number with s, m, h or d",
    "anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": "^\\d+(\\.\\d+)?[smhd]?$"}],
}
_DAYS: Schema = {"type": "string", "pattern": "^\\d+ (business days?|days?|weeks?|months?)$"}
_HOURS: Schema = {
    "type": "array",
    "items": {"type": "string", "pattern": "^\\d\\d:\\d\\d(:\\d\\d)?-\\d\\d:\\d\\d(:\\d\\d)?$"},
}


def policy_schema() -> Schema:
    """Of a policy of the service or of a regulator."""
    return {
        "$schema": DIALECT,
        "title": "A policy of the clock ledger (docs/clocks.md)",
        "oneOf": [_service(), _regulator()],
        "$defs": {
            "length": _LENGTH,
            "by_severity": _mapping({one.value: _ref("length") for one in Severity}),
        },
    }


def calendar_schema() -> Schema:
    """Of a calendar."""
    day = "|".join(WEEKDAYS)
    week = {
        "type": "object",
        "minProperties": 1,
        "patternProperties": {f"^({day})(-({day}))?$": _HOURS},
        "additionalProperties": False,
    }
    source = {
        "oneOf": [
            _mapping({"country": _TEXT}, {"part": _TEXT}),
            _mapping({"market": _TEXT}),
            _mapping({"ical": _TEXT}),
        ]
    }
    days = {
        "type": "object",
        "patternProperties": {"^\\d{4}-\\d\\d-\\d\\d$": _HOURS},
        "additionalProperties": False,
    }
    must = {"id": _TEXT, "zone": _TEXT, "hours": {"anyOf": [{"const": "always"}, week]}}
    may = {"holidays": {"type": "array", "items": source}, "days": days}
    return {
        "$schema": DIALECT,
        "title": "A calendar of the clock ledger (docs/clocks.md)",
        **_mapping(must, may),
    }


def text(schema: Schema) -> str:
    """As it is published."""
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


def _service() -> Schema:
    clock = {"anyOf": [_ref("length"), _clock({})]}
    circle = {
        "after_resolved": {"type": "array", "items": _ref("length")},
        "grace": _ref("length"),
        "after_closing": {"type": "boolean"},
    }
    return _mapping(
        {
            "id": _TEXT,
            "version": _VERSION,
            "clocks": _mapping({}, {one.value: clock for one in ClockName}),
            "progress": _ref("by_severity"),
            "circle_back": _mapping(circle),
        }
    )


def _regulator() -> Schema:
    met = {"met_by": {"enum": [one.value for one in MetBy]}, "source": _TEXT}
    return _mapping(
        {
            "id": _TEXT,
            "version": _VERSION,
            "title": _TEXT,
            "source": _TEXT,
            "dated": _DAY,
            "clocks": {"type": "object", "additionalProperties": _clock(met)},
        },
        {"ombudsman": _mapping({"name": _TEXT, "site": _TEXT})},
    )


def _clock(must: Schema) -> Schema:
    whole = {"type": "integer", "minimum": 1, "maximum": 99}
    warn = {"type": "string", "pattern": "^([1-9]\\d?%|-\\d+(\\.\\d+)?[smhd]?)$"}
    may = {
        "close": {"enum": [one.value for one in Close]},
        "calendar": _TEXT,
        "warn": {"type": "array", "items": warn},
        "source": _TEXT,
        "begins": {"enum": [one.value for one in Begins]},
        "accepted_within": whole,
        "held_within": whole,
    }
    within = {"anyOf": [_ref("length"), _DAYS, _ref("by_severity")]}
    return _mapping({"within": within, **must}, {name: one for name, one in may.items() if name not in must})


def _mapping(must: Schema, may: Schema | None = None) -> Schema:
    return {
        "type": "object",
        "properties": {**must, **(may or {})},
        "required": list(must),
        "additionalProperties": False,
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}
