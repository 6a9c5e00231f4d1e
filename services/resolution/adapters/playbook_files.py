"""Playbook files: read with the line and column of everything that is wrong, and `check-playbook`, which says
so without starting anything."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from services.chassis import quickyaml
from services.resolution.domain.errors import BadData
from services.resolution.domain.playbook import Playbook
from services.resolution.domain.playbook_reading import Fault, Place, read
from services.resolution.domain.playbook_versions import Written

LARGEST = 1_000_000
"""Characters of a file; a playbook has a few thousand."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong in a file, by line and column (both from 1)."""

    line: int
    column: int
    said: str


def load(file: Path) -> Written:
    """The playbook of a file, with its text. Raises BadData("bad_yaml" or "bad_playbook") naming file, line
    and column of each mistake, and OSError for a file that cannot be read."""
    return _written(file.name, _text_of(file))


@lru_cache(maxsize=64)
def _written(name: str, text: str) -> Written:
    """A playbook never changes, so a text that was read before is not read again."""
    return Written(parsed(name, text), text)


def parsed(name: str, text: str) -> Playbook:
    """The playbook of a text that is called `name` where it is wrong. Raises BadData as load does."""
    playbook, mistakes = check(text)
    if playbook is None:
        rule = "bad_yaml" if any(each.said.startswith("YAML") for each in mistakes) else "bad_playbook"
        raise BadData(rule, "; ".join(f"{name}:{each.line}:{each.column}: {each.said}" for each in mistakes))
    return playbook


def check(text: str) -> tuple[Playbook | None, Sequence[Mistake]]:
    """The playbook, or None and every mistake in the order of the lines."""
    if len(text) > LARGEST:
        return None, [Mistake(1, 1, f"YAML: more than {LARGEST} characters.")]
    try:
        loader = quickyaml.Loader(text)
        top = loader.get_single_node()
        doubled = list(_doubled(top))
        document = loader.construct_document(top) if top else None
    except yaml.MarkedYAMLError as error:
        return None, [_at(error.problem_mark or error.context_mark, f"YAML: {error.problem}")]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return None, [Mistake(1, 1, f"YAML: {error}")]
    playbook, faults = read(document)
    mistakes = sorted([*doubled, *(_placed(top, fault) for fault in faults)], key=_by_place)
    return (None if mistakes else playbook), mistakes


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadData("bad_yaml", f"{file.name}: {error}") from error


def _by_place(mistake: Mistake) -> tuple[int, int]:
    return mistake.line, mistake.column


def _at(mark: yaml.Mark | None, said: str) -> Mistake:
    return Mistake(mark.line + 1, mark.column + 1, said) if mark else Mistake(1, 1, said)


def _doubled(node: yaml.Node | None) -> Iterator[Mistake]:
    """Keys that a mapping has twice: YAML would silently take the last."""
    waiting, seen = [node], set[int]()
    while waiting:
        each = waiting.pop()
        if id(each) in seen:  # an alias names one node in many places, or itself
            continue
        seen.add(id(each))
        if isinstance(each, yaml.MappingNode):
            yield from _doubled_in(each)
            waiting += [part for pair in each.value for part in pair]
        elif isinstance(each, yaml.SequenceNode):
            waiting += each.value


def _doubled_in(mapping: yaml.MappingNode) -> Iterator[Mistake]:
    keys = set[str]()
    for key, _ in mapping.value:
        if isinstance(key, yaml.ScalarNode):
            if key.value in keys:
                yield _at(key.start_mark, f"{key.value!r} is here a second time.")
            keys.add(key.value)


def _placed(top: yaml.Node | None, fault: Fault) -> Mistake:
    return _at(_mark(top, fault.place, fault.key), fault.said)


def _mark(node: yaml.Node | None, place: Place, key: bool) -> yaml.Mark | None:
    """Where a place begins; of what is missing, where the thing begins that lacks it."""
    for depth, part in enumerate(place):
        found = _child(node, part)
        if found is None:
            break
        name, node = found
        if key and depth == len(place) - 1:
            return name.start_mark
    return node.start_mark if node else None


def _child(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """The key and the value of one part of a place; an entry of a list is its own key."""
    if isinstance(node, yaml.SequenceNode):
        entry = node.value[int(part)]
        return entry, entry
    if isinstance(node, yaml.MappingNode):
        return next((pair for pair in node.value if pair[0].value == str(part)), None)
    return None


def main(argv: Sequence[str]) -> int:
    """`check-playbook FILE [--json]`: 0 for a playbook that can be followed, 1 and each mistake on its line
    as file:line:column otherwise."""
    parser = argparse.ArgumentParser("check-playbook")
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    asked = parser.parse_args(argv)
    try:
        playbook, mistakes = check(_text_of(asked.file))
    except (OSError, BadData) as failure:
        playbook, mistakes = None, [Mistake(1, 1, str(failure))]
    sys.stdout.write(_as_json(playbook, mistakes) if asked.json else _as_text(asked.file, playbook, mistakes))
    return 0 if playbook else 1


def _as_json(playbook: Playbook | None, mistakes: Sequence[Mistake]) -> str:
    found = {"id": playbook.playbook_id, "version": playbook.version} if playbook else {}
    return json.dumps({**found, "mistakes": [asdict(each) for each in mistakes]}) + "\n"


def _as_text(file: Path, playbook: Playbook | None, mistakes: Sequence[Mistake]) -> str:
    if playbook is None:
        return "".join(f"{file}:{each.line}:{each.column}: {each.said}\n" for each in mistakes)
    gates = [f"{step.step_id} gates {step.gates}" for step in playbook.steps if step.gates]
    about = f"{len(playbook.steps)} steps; {', '.join(gates) or 'no gates'}"
    return f"{playbook.playbook_id} version {playbook.version}: {about}\n"
