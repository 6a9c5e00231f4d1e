"""Data files in YAML, read value by value; whatever is wrong is said with file, line and column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn, TypeVar

import yaml

from services.chassis.errors import ConfigError

LARGEST = 1_000_000
"""Characters of a file; a policy or a calendar has a few thousand."""

Place = tuple[str | int, ...]
T = TypeVar("T")


class Wrong(Exception):
    """A value cannot be what it should; `place` is the way to it from the top of the document."""

    def __init__(self, place: Place, said: str) -> None:
        self.place = place
        super().__init__(said)


@dataclass(frozen=True, slots=True)
class At:
    """A value of a document and where it stands. Every method raises Wrong."""

    value: Any
    place: Place = ()

    def wrong(self, said: str) -> NoReturn:
        """Refuse the value."""
        raise Wrong(self.place, said)

    def mapping(self, must: Sequence[str], may: Sequence[str] = ()) -> dict[str, At]:
        """A mapping with all of `must` and some of `may`."""
        if not isinstance(self.value, dict):
            self.wrong(f"a mapping with {', '.join(must)} is expected")
        for key in self.value:
            if key not in must and key not in may:
                At(None, (*self.place, key)).wrong(f"{key!r} is not known here: {', '.join((*must, *may))}")
        missing = [key for key in must if key not in self.value]
        if missing:
            self.wrong(f"{missing[0]!r} is missing")
        return {key: At(value, (*self.place, key)) for key, value in self.value.items()}

    def pairs(self) -> Iterator[tuple[At, At]]:
        """Keys and values of a mapping with keys of its own."""
        if not isinstance(self.value, dict):
            self.wrong("a mapping is expected")
        for key, value in self.value.items():
            yield At(key, (*self.place, key)), At(value, (*self.place, key))

    def items(self) -> list[At]:
        """The entries of a list."""
        if not isinstance(self.value, list):
            self.wrong("a list is expected")
        return [At(value, (*self.place, index)) for index, value in enumerate(self.value)]

    def text(self) -> str:
        """Text that is not empty."""
        if not isinstance(self.value, str) or not self.value.strip():
            self.wrong("text is expected")
        return self.value

    def one_of(self, choice: Sequence[str]) -> str:
        """One of some words."""
        if self.value not in choice:
            self.wrong(f"one of {', '.join(choice)} is expected")
        return str(self.value)

    def whole(self, least: int, most: int) -> int:
        """A whole number in the range."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            self.wrong("a whole number is expected")
        if not least <= self.value <= most:
            self.wrong(f"a number from {least} to {most} is expected")
        return self.value

    def yes(self) -> bool:
        """true or false."""
        if not isinstance(self.value, bool):
            self.wrong("true or false is expected")
        return self.value

    def day(self) -> date:
        """A date, YYYY-MM-DD."""
        if not isinstance(self.value, date):
            self.wrong("a date is expected, YYYY-MM-DD")
        return self.value


class BadDocument(ConfigError):
    """A document has something wrong: `said`, at this line and column."""

    def __init__(self, name: str, line: int, column: int, said: str) -> None:
        self.line, self.column, self.said = line, column, said
        super().__init__("bad_file", f"{name}:{line}:{column}: {said}")


def read(name: str, text: str, build: Callable[[At], T]) -> T:
    """What `build` makes of the document. Raises BadDocument, whose text begins with `name:line:column`."""
    top: yaml.Node | None = None
    try:
        if len(text) > LARGEST:
            raise Wrong((), f"more than {LARGEST} characters")
        loader = yaml.SafeLoader(text)
        top = loader.get_single_node()
        _refuse_doubles(top, ())
        return build(At(loader.construct_document(top) if top else None))
    except Wrong as wrong:
        raise BadDocument(name, *_place(_mark(top, wrong.place)), str(wrong)) from wrong
    except yaml.MarkedYAMLError as error:
        raise BadDocument(name, *_place(error.problem_mark), str(error.problem)) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadDocument(name, 1, 1, str(error)) from error


def _refuse_doubles(node: yaml.Node | None, place: Place) -> None:
    """YAML takes the last of two keys that are the same; which one was meant nobody can know."""
    if isinstance(node, yaml.SequenceNode):
        for index, entry in enumerate(node.value):
            _refuse_doubles(entry, (*place, index))
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        if isinstance(key, yaml.ScalarNode):
            if key.value in seen:
                raise Wrong((*place, key.value), f"{key.value!r} is here twice")
            seen.add(key.value)
            _refuse_doubles(value, (*place, key.value))


def _place(mark: yaml.Mark | None) -> tuple[int, int]:
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _mark(top: yaml.Node | None, place: Place) -> yaml.Mark | None:
    node, mark = top, top.start_mark if top else None
    for part in place:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
            mark = node.start_mark
        elif isinstance(node, yaml.MappingNode):
            found = [pair for pair in node.value if pair[0].value == str(part)]
            if not found:
                break
            mark, node = found[-1][0].start_mark, found[-1][1]
    return mark
