"""Reply packs from their files, each made when a text in its language is first read.

A process that reads the same text of a file twice makes its pack once. The packs that ship have been compiled
by their tests; one of a folder of the operator's own is compiled at once, so that a wrong one stops the
process at its start."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from services.resolution.adapters import yaml_files
from services.resolution.domain import replycheck
from services.resolution.domain.errors import BadData
from services.resolution.domain.replycheck import Pack


def load(folder: Path, *, compiled: bool) -> Mapping[str, Pack]:
    """By language, of every file of a folder, with the weights beside it (`en.weights.json`), if any;
    `compiled` finds every mistake now. Raises BadData naming what is wrong, and OSError for a file that
    cannot be read."""
    written = [
        _written(file.name, file.read_text(encoding="utf-8"), _weights(file))
        for file in sorted(folder.glob("*.yaml"))
    ]
    packs = _Packs({each.language: each for each in written})
    if compiled:
        for pack in packs.values():
            pack.compile()
    return packs


class _Written:
    """A file that has been read, and the pack that it makes when it is asked for."""

    def __init__(self, name: str, document: Mapping[str, Any], weights: str) -> None:
        if "language" not in document:
            raise BadData("bad_reply_pack", f"{name} has no 'language'.")
        self.language = str(document["language"])
        self._name, self._document, self._weights = name, document, weights

    @cached_property
    def pack(self) -> Pack:
        if not self._weights:
            return replycheck.parse(self._document)
        try:
            weights = json.loads(self._weights)
        except json.JSONDecodeError as wrong:
            raise BadData("bad_reply_model", f"The weights of {self._name} are no JSON: {wrong}.") from wrong
        return replycheck.parse(self._document, weights)


def _weights(file: Path) -> str:
    beside = file.with_suffix(".weights.json")
    return beside.read_text(encoding="utf-8") if beside.exists() else ""


@lru_cache(maxsize=8)
def _written(name: str, text: str, weights: str) -> _Written:
    return _Written(name, yaml_files.mapping(name, text), weights)


class _Packs(Mapping[str, Pack]):
    def __init__(self, written: Mapping[str, _Written]) -> None:
        self._written = written

    def __getitem__(self, language: str) -> Pack:
        return self._written[language].pack

    def __iter__(self) -> Iterator[str]:
        return iter(self._written)

    def __len__(self) -> int:
        return len(self._written)
