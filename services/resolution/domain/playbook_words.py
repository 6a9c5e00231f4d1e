"""What evidence can say: the fields of each event, what they are compared with, which gates it can open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, get_origin, get_type_hints

from services.resolution.domain import events as e
from services.resolution.domain.playbook import Condition
from services.resolution.domain.replycheck.pack import GOODS

TOO_LATE: Mapping[str, tuple[type, ...]] = {
    "reply": (e.ReplySent, e.ReplyChecked, e.CaseResolved, e.CaseReopened, e.CaseClosed),
    "resolve": (e.CaseResolved, e.CaseReopened, e.CaseClosed),
    "close": (e.CaseClosed,),
}
"""What happens only once the command has been let through, and so cannot open its gate."""


def fields_of(event: type) -> Mapping[str, Any]:
    """The fields that a condition on this event can name, with their types: texts, numbers, yes or no, lists
    of words."""
    return {name: kind for name, kind in get_type_hints(event).items() if family(kind)}


def family(kind: object) -> str:
    """ "list", "text", "number", "flag", or "" for what evidence cannot compare (people, instants)."""
    if get_origin(kind) is tuple:
        return "list" if kind == tuple[str, ...] else ""
    if not isinstance(kind, type):
        return ""
    families = {bool: "flag", int: "number", float: "number"}
    return "text" if issubclass(kind, str) else families.get(kind, "")


def words_of(field: str, kind: object) -> tuple[str, ...]:
    """The closed vocabulary of a field; () where any value can occur."""
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return tuple(word.value for word in kind)
    return GOODS if field == "said" else ()


def unfit(kind: object, operator: str, wanted: object) -> str:
    """Why this operator cannot compare a field of this type with this value; "" when it can."""
    own = family(kind)
    looks_into = {"has": ("list", "text"), "at_least": ("number",), "at_most": ("number",)}
    if own not in looks_into.get(operator, ("text", "number", "flag")):
        return f"`{operator}` cannot compare this field: it is a {own}."
    if operator == "in":
        fits = isinstance(wanted, list) and bool(wanted) and all(_is_a(own, each) for each in wanted)
        return "" if fits else f"`in` needs a list, each of it a {own}."
    wants = "text" if operator == "has" else own
    return "" if _is_a(wants, wanted) else f"`{operator}` needs a {wants} to compare with."


def _is_a(family_: str, value: object) -> bool:
    if family_ == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, bool if family_ == "flag" else str)


def shut(gates: str, evidence: Sequence[Condition]) -> str:
    """Why no event could ever open this gate; "" when one can, in every language."""
    early = [condition for condition in evidence if condition.event not in TOO_LATE[gates]]
    if not early:
        return f"Nothing could prove this step before the case lets {gates} through."
    if all(any(test.field == "said" for test in condition.tests) for condition in early):
        return "What was said is found only where there is a reply pack: in other languages it never opens."
    return ""
