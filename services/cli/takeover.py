"""`amends import`: an earlier system's backlog becomes cases, each once, however often it is run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import aiohttp
import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from services.chassis.errors import AmendsError, ConfigError
from services.cli.common import DEFAULT_TENANT, EXIT_FAILED, console, errors, fail, print_json, run
from services.cli.importing.journal import Journal
from services.cli.importing.mapping import MappingFile, load
from services.cli.importing.report import Figures, Rejects
from services.cli.importing.run import Import
from services.cli.importing.sending import Door
from services.cli.importing.versions import rows_of


def take_over(
    file: Annotated[Path, typer.Argument(help="the export, .csv or .jsonl", show_default=False)],
    mapping: Annotated[Path, typer.Option("--mapping", help="YAML: which column is what")],
    api_key_file: Annotated[
        Path | None, typer.Option("--api-key-file", help="a key with complaints:create; not for --check")
    ] = None,
    url: Annotated[str, typer.Option("--url", help="where intake answers; not for --check")] = "",
    tenant: Annotated[str, typer.Option("--tenant", help="whose backlog it is")] = DEFAULT_TENANT,
    acknowledge: Annotated[
        bool, typer.Option("--acknowledge", help="tell every customer automatically who has it now")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="read and validate only, send nothing")] = False,
    count: Annotated[
        list[str] | None, typer.Option("--count", help="tell how often each value of a column occurs")
    ] = None,
    concurrency: Annotated[int, typer.Option("--concurrency", min=1, max=64, help="requests at a time")] = 8,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Take over a backlog; to go on after an interruption run it again. Exit code 1 with rejected rows."""
    rejected = file.with_name(file.name + ".rejected.csv")
    try:
        terms = load(mapping)
        door = None if check else (_address(url), _token(api_key_file), tenant)
        with (
            _journal(file, url, tenant, terms, check=check) as journal,
            _bar(file) as progress,
            Rejects(rejected.open("w", encoding="utf-8", newline="")) as rejects,
        ):
            work = Import(terms, tenant, acknowledge, datetime.now(UTC), journal, rejects, None, progress)
            work.figures.counts = {column: Counter() for column in count or ()}
            figures = run(_run(work, file, door, concurrency))
    except (AmendsError, OSError) as failure:
        fail(failure)
    _tell(figures, rejected, as_json=as_json, check=check)
    if figures.rejected:
        raise typer.Exit(EXIT_FAILED)


async def _run(work: Import, file: Path, door: tuple[str, str, str] | None, concurrency: int) -> Figures:
    rows = rows_of(file, work.mapping, work.figures.counts)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=concurrency)) as session:
        if door is not None:
            work.taker = Door(session, *door)
        return await work.run(rows, concurrency)


def _address(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ConfigError("no_url", "name where intake answers (--url https://...), or only --check")
    return url


def _token(file: Path | None) -> str:
    if file is None:
        raise ConfigError("no_api_key", "name a file with an API key (--api-key-file), or only --check")
    token = file.read_text(encoding="utf-8").strip()
    if not token.isascii() or not token.isprintable() or not token:
        raise ConfigError("no_api_key", f"{file.name} holds no API key")
    return token


@contextmanager
def _journal(file: Path, url: str, tenant: str, terms: MappingFile, *, check: bool) -> Iterator[Journal]:
    beside = file.with_name(file.name + ".journal")
    if check and not beside.exists():
        yield Journal(None, {})
        return
    with Journal.open(beside, url, tenant, terms.source) as journal:
        yield journal


@contextmanager
def _bar(file: Path) -> Iterator[Callable[[int, Figures], None]]:
    """A progress bar on standard error, by the bytes of the file; gone when it is over."""
    told = TextColumn("{task.fields[taken]} taken over, {task.fields[rejected]} rejected")
    size = file.stat().st_size
    with Progress(BarColumn(), told, TimeRemainingColumn(), console=errors, transient=True) as bar:
        task = bar.add_task("", total=size, taken=0, rejected=0)

        def show(read_bytes: int, figures: Figures) -> None:
            bar.update(task, completed=read_bytes, taken=figures.taken_over, rejected=figures.rejected)

        yield show


def _tell(figures: Figures, rejected: Path, *, as_json: bool, check: bool) -> None:
    if as_json:
        counts = {column: dict(found) for column, found in figures.counts.items()}
        facts = {**asdict(replace(figures, counts={})), "counts": counts}
        print_json({**facts, "checked_only": check, "report": str(rejected)})
        return
    done = "can be taken over" if check else "taken over"
    console.print(
        f"{figures.taken_over} {done}, {figures.already} were already, {figures.left_out} left out, "
        f"{figures.rejected} rejected"
    )
    _tell_more(figures)
    if figures.rejected:
        console.print(f"what to do about them: {rejected}", markup=False, soft_wrap=True)


def _tell_more(figures: Figures) -> None:
    """What only some exports have: rows that came again, rows closed there, due times, counts asked for."""
    due = figures.deadlines
    if figures.superseded:
        console.print(f"{figures.superseded} superseded by a later version; {figures.changed} ids differ")
    if figures.closed:
        console.print(
            f"{figures.closed} closed there and no case here: {due.closed_in_time} in time, "
            f"{due.closed_late} late, {due.closed_without_due} without a due time, "
            f"{due.closed_before_made} closed before they were made"
        )
    if due.open_with_due:
        console.print(f"{due.open_with_due} open with a due time, {due.open_without_due} without")
    for column, found in figures.counts.items():
        told = ", ".join(f"{value or '(empty)'} {times}" for value, times in found.most_common())
        console.print(f"{column}: {told}", markup=False, soft_wrap=True)
