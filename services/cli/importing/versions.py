"""Rows that come again under the same id: the last is what counts, those before it go with it.

Reads the export twice, so that nothing but ids and the versions of an id not yet whole is kept in memory.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from services.chassis.errors import InvalidArgument
from services.cli.importing.mapping import MappingFile, Row
from services.cli.importing.rows import Read, read


def rows_of(file: Path, mapping: MappingFile, also: Collection[str] = ()) -> Iterator[Read]:
    """The rows of a file as the mapping wants them where an id comes again. Raises as `read`."""
    rows = read(file, mapping, also)
    return newest(read(file, mapping), rows, mapping) if mapping.same_id == "last_wins" else rows


def newest(first: Iterator[Read], again: Iterator[Read], mapping: MappingFile) -> Iterator[Read]:
    """The rows of `again`: of each id the last with those before it, those themselves as superseded. `first`
    are the same rows, read before. Raises as `read`."""
    last = _last_lines(first, mapping)
    before: dict[str, list[Row]] = {}
    for one in again:
        row_id = _id(one, mapping)
        if not row_id or isinstance(one.row, Exception):
            yield one
        elif last[row_id] == one.line:
            yield replace(one, earlier=tuple(before.pop(row_id, ())))
        else:
            before.setdefault(row_id, []).append(one.row)
            yield replace(one, superseded=True)


def _last_lines(rows: Iterator[Read], mapping: MappingFile) -> dict[str, int]:
    last: dict[str, int] = {}
    try:
        for one in rows:
            last[_id(one, mapping)] = one.line
    except InvalidArgument:
        return last  # told when it is read again, with the rows before it taken
    return last


def _id(one: Read, mapping: MappingFile) -> str:
    return "" if isinstance(one.row, Exception) else one.row.get(mapping.id, "").strip()
