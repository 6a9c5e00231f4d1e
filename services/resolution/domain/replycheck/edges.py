"""Where, in a parsed pattern, a word is known to begin and to end: beside `\\b`, a space, `(?<!\\w)` and the
like. Of what cannot be told, the answer is no."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
_LOOKS = ("ASSERT", "ASSERT_NOT")


def after(item: tuple[Any, Any], *, left: bool) -> bool:
    """Whether what follows this item begins a word, when `left` says whether the item itself would."""
    name, value = str(item[0]), item[1]
    if name in _LOOKS:
        return left or (name == "ASSERT_NOT" and value[0] < 0 and _is_of_words(value[1]))
    if name == "SUBPATTERN":
        return _through(list(value[3]), left)
    if name == "BRANCH":
        return all(_through(list(branch), left) for branch in value[1])
    if name in _REPEATS:
        return (value[0] > 0 or left) and _through(list(value[2]), False)
    return _at(name, value)


def before(items: Sequence[tuple[Any, Any]], *, right: bool) -> bool:
    """Whether what comes before these items ends a word, when `right` says so of what follows them."""
    for index, (op, value) in enumerate(items):
        name, rest = str(op), items[index + 1 :]
        if name in _LOOKS:
            if name == "ASSERT_NOT" and value[0] > 0 and _is_of_words(value[1]):
                return True
        elif name == "SUBPATTERN":
            return before(list(value[3]), right=before(rest, right=right))
        elif name == "BRANCH":
            beyond = before(rest, right=right)
            return all(before(list(branch), right=beyond) for branch in value[1])
        elif name in _REPEATS:
            begins = before(list(value[2]), right=False)
            if value[0] > 0 or not begins:
                return begins
        else:
            return _at(name, value)
    return right


def _through(items: Sequence[tuple[Any, Any]], left: bool) -> bool:
    for item in items:
        left = after(item, left=left)
    return left


def _at(name: str, value: Any) -> bool:
    """Whether this one item is itself no part of a word."""
    if name == "LITERAL":
        return not _of_word(value)
    if name == "IN":
        return all(str(op) == "LITERAL" and not _of_word(each) for op, each in value)
    return name == "AT" and str(value) != "AT_NON_BOUNDARY"


def _is_of_words(items: Sequence[tuple[Any, Any]]) -> bool:
    """`\\w`, alone or in a set."""
    said = str(items[0][1]) if len(items) == 1 else ""
    return "CATEGORY_WORD" in said and "NEGATE" not in said


def _of_word(code: int) -> bool:
    return chr(code).isalnum() or code == ord("_")
