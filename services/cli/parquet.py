"""A table of figures as a Parquet file, written by DuckDB (the extra `parquet`)."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

from services.chassis.errors import ConfigError
from services.cli.metrics_rows import Line, write

# What is no word; every figure is a number.
_TYPES = {"start": "TIMESTAMPTZ", "oldest_open": "TIMESTAMPTZ", "final": "BOOLEAN"}


def write_parquet(lines: Sequence[Line], to: Path) -> None:
    """A column per name, as in the CSV; null where a row does not have it. Raises ConfigError without DuckDB,
    OSError where `to` cannot be written."""
    try:
        import duckdb  # noqa: PLC0415  # twenty megabytes for those who want them
    except ImportError as missing:
        raise ConfigError("no_parquet", "Parquet needs DuckDB: pip install 'amends[parquet]'") from missing
    of = {name: _TYPES.get(name, "VARCHAR") for one in lines for name in one.of}
    types = {name: "DOUBLE" for one in lines for name in one.figures} | of
    with NamedTemporaryFile("w", newline="", encoding="utf-8", suffix=".csv") as between:
        write(lines, csv.writer(between))
        between.flush()
        with duckdb.connect() as session:
            try:
                session.read_csv(between.name, header=True, dtype=types).write_parquet(str(to))
            except duckdb.IOException as refused:
                raise OSError(str(refused)) from refused
