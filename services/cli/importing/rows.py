"""The rows of an export, one at a time, each with the line it begins on: a file may be larger than memory."""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from services.chassis.errors import InvalidArgument
from services.cli.importing.mapping import MappingFile, Row, RowError, columns

_FIELD_LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Read:
    """What stands on `line`: a row, or why it is none."""

    line: int
    row: Row | RowError
    read_bytes: int  # of the file so far, for the progress bar
    earlier: tuple[Row, ...] = ()  # what the row was before it was changed, where the last version counts
    superseded: bool = False  # a later row has the same id and counts


def read(file: Path, mapping: MappingFile, also: Collection[str] = ()) -> Iterator[Read]:
    """Every row of a .csv or .jsonl file: the columns of the mapping, and `also` these.

    Raises InvalidArgument with the line where the rest cannot be read, OSError.
    """
    kind = file.suffix.lower()
    if kind not in (".csv", ".jsonl"):
        raise InvalidArgument("unknown_format", f"{file.name} is neither .csv nor .jsonl")
    # What is no text in this encoding is found per row, not by an end in the middle of the file.
    with file.open(encoding=mapping.encoding, errors="surrogateescape", newline="") as source:
        wanted = columns(mapping) | {*also}
        yield from (_csv if kind == ".csv" else _jsonl)(source, file.name, mapping, wanted)


def _csv(source: IO[str], name: str, mapping: MappingFile, wanted: set[str]) -> Iterator[Read]:
    csv.field_size_limit(_FIELD_LIMIT)
    counted = _Counted(source, mapping.encoding)
    reader = csv.reader(counted, delimiter=mapping.delimiter, strict=True)
    line = 1
    try:
        header = next(reader, [])
        missing = sorted(wanted - set(header))
        if missing:
            raise InvalidArgument("missing_columns", f"{name} line 1 has no column {', '.join(missing)}")
        line = reader.line_num + 1
        for cells in reader:
            if cells:
                yield Read(line, _cells(header, cells, mapping), counted.read_bytes)
            line = reader.line_num + 1
    except csv.Error as wrong:
        if "end of data" in str(wrong):
            advice = "close the quote that opens here: all that follows was read as one value"
            yield Read(line, RowError("open_quote", advice), counted.read_bytes)
            return
        # Going on would read the middle of a customer's text as rows.
        raise InvalidArgument(
            "malformed_csv", f"{name} line {line}: {wrong}; rows before it stand"
        ) from wrong


def _cells(header: list[str], cells: list[str], mapping: MappingFile) -> Row | RowError:
    if len(cells) != len(header):
        return RowError("columns", f"quote the row: it has {len(cells)} columns, the header {len(header)}")
    return _readable(dict(zip(header, cells, strict=True)), mapping)


def _jsonl(source: IO[str], name: str, mapping: MappingFile, wanted: set[str]) -> Iterator[Read]:
    counted = _Counted(source, mapping.encoding)
    for line, text in enumerate(counted, 1):
        if text.strip():
            yield Read(line, _object(text, mapping, wanted), counted.read_bytes)


def _object(text: str, mapping: MappingFile, wanted: set[str]) -> Row | RowError:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return RowError("malformed_json", "make the line one JSON object")
    if not isinstance(document, dict):
        return RowError("not_an_object", "make the line one JSON object")
    return _readable({path: _at(document, path) for path in wanted}, mapping)


def _at(document: dict[str, Any], path: str) -> str:
    """The text at a dotted path (or under that very name), "" where there is none."""
    value: Any = document.get(path)
    if path not in document:
        value = document
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else ""


def _readable(row: dict[str, str], mapping: MappingFile) -> Row | RowError:
    for name in sorted(columns(mapping)):
        try:
            row[name].encode("utf-8")
        except UnicodeEncodeError:
            return RowError("bad_encoding", f"save it as {mapping.encoding} or name its encoding", name)
    return row


class _Counted:
    """The lines of a file, and how many bytes of it were read."""

    def __init__(self, source: IO[str], encoding: str) -> None:
        self._source = source
        self._encoding = encoding.removesuffix("-sig")
        self.read_bytes = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._source:
            self.read_bytes += len(line.encode(self._encoding, "surrogateescape"))
            yield line
