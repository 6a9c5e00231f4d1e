"""The published JSON Schema of a playbook file, made from the vocabulary that evidence is read with, so that
an editor offers exactly what can be followed. What a schema cannot say (a gate that nothing opens, a step
that follows none) is said by the check alone."""

from __future__ import annotations

import json
from typing import Any

from services.resolution.domain.playbook import EVENT_TYPES, GATES, STARTS
from services.resolution.domain.playbook_reading import BOOK_KEYS, LONGEST_S, NAME, STEP_KEYS
from services.resolution.domain.playbook_words import family, fields_of, words_of

_TEXT = {"type": "string", "pattern": r"\S"}
_NAME = {"type": "string", "pattern": NAME}
_TYPES = {"text": "string", "number": "number", "flag": "boolean"}


def text() -> str:
    """The schema as it stands in its file: one line per definition."""
    whole = schema()
    events = whole.pop("$defs")
    lines = [f"  {json.dumps(name)}: {json.dumps(value)}," for name, value in whole.items()]
    defs = [f"    {json.dumps(name)}: {json.dumps(value)}" for name, value in events.items()]
    return "\n".join(["{", *lines, '  "$defs": {', ",\n".join(defs), "  }", "}", ""])


def schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Playbook",
        "description": "A recovery procedure: steps that events prove. See docs/playbooks.md.",
        "type": "object",
        "properties": {
            "id": {**_NAME, "description": "what a setting chooses it by"},
            "version": {"type": "integer", "minimum": 1},
            "title": _TEXT,
            "source": {**_TEXT, "description": "where its demands come from"},
            "steps": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/step"}},
        },
        "required": list(BOOK_KEYS),
        "additionalProperties": False,
        "$defs": {
            "step": _step(),
            "within": _within(),
            "evidence": _evidence(),
            "condition": _condition(),
            **{name: _where(kind) for name, kind in sorted(EVENT_TYPES.items())},
        },
    }


def _step() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "id": _NAME,
            "title": {**_TEXT, "description": "words for the employee"},
            "say": {"type": "string", "description": "words to say; {first_name} and {owner} are filled in"},
            "evidence": {"$ref": "#/$defs/evidence"},
            "within": {"$ref": "#/$defs/within"},
            "gates": {"enum": list(GATES), "description": "the command refused until the step is proven"},
            "follows": {**_NAME, "description": "a step above, proven by an earlier event"},
        },
        "required": list(STEP_KEYS),
        "additionalProperties": False,
    }


def _within() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "seconds": {"type": "number", "exclusiveMinimum": 0, "maximum": LONGEST_S},
            "after": {"enum": list(STARTS), "default": "complaint"},
        },
        "required": ["seconds"],
        "additionalProperties": False,
    }


def _evidence() -> dict[str, Any]:
    several = {
        "type": "object",
        "properties": {"any": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/condition"}}},
        "additionalProperties": False,
    }
    return {"if": {"required": ["any"]}, "then": several, "else": {"$ref": "#/$defs/condition"}}


def _condition() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"event": {"enum": sorted(EVENT_TYPES)}, "where": {"type": "object"}},
        "required": ["event"],
        "additionalProperties": False,
        "allOf": [
            {
                "if": {"properties": {"event": {"const": name}}},
                "then": {"properties": {"where": {"$ref": f"#/$defs/{name}"}}},
            }
            for name in sorted(EVENT_TYPES)
        ],
    }


def _where(event: type) -> dict[str, Any]:
    """What the fields of one event can be compared with."""
    fields = {name: _demand(name, kind) for name, kind in fields_of(event).items()}
    return {"type": "object", "properties": fields, "additionalProperties": False}


def _demand(field: str, kind: object) -> dict[str, Any]:
    own, words = family(kind), words_of(field, kind)
    value: dict[str, Any] = {"enum": list(words)} if words else {"type": _TYPES.get(own, "string")}
    if own == "list":
        return _one_operator({"has": value})
    operators: dict[str, Any] = {
        "is": value,
        "not": value,
        "in": {"type": "array", "minItems": 1, "items": value},
    }
    if own == "text":
        operators["has"] = value
    if own == "number":
        operators |= {"at_least": value, "at_most": value}
    return {"anyOf": [value, _one_operator(operators)]}


def _one_operator(operators: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": operators,
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
    }
