"""The broker's jars: from an unpacked Kafka, from a cache, or by Maven; never run before their SHA-256 is checked.

What is fetched is pinned in `pom.xml`; what it must be is recorded in `jars.sha256` beside it (lines of
`<sha256>  <file name>`, as sha256sum writes them).
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.standalone.errors import JarsUnobtainable, JarTampered, ToolMissing
from services.standalone.java import Java
from services.standalone.layout import Layout

KAFKA_VERSION = "4.3.1"
HOME_VARIABLE = "AMENDS_KAFKA_HOME"
POM = Path(__file__).with_name("pom.xml")
CHECKSUMS = Path(__file__).with_name("jars.sha256")
_FOLDER = f"kafka-{KAFKA_VERSION}"
_FETCHED = re.compile(r"Downloaded from \S+: \S*/(?P<jar>[^/ ]+\.jar) \((?P<size>[^)]*)\)")

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Jars:
    """The folder to put on the class path, and how it was come by (for `amends doctor` and the progress line)."""

    folder: Path
    origin: str


async def obtain(layout: Layout, env: Mapping[str, str], java: Java, progress: Progress) -> Jars:
    """The broker's jars by the first way that works: AMENDS_KAFKA_HOME, a cached copy, Maven.

    A second start needs no network. Raises JarsUnobtainable, JarTampered or ToolMissing, each naming the ways out.
    """
    if env.get(HOME_VARIABLE):
        return _from_kafka_home(Path(env[HOME_VARIABLE]))
    recorded = read_checksums(CHECKSUMS)
    cached = find_cached(layout)
    if cached is not None:
        await asyncio.to_thread(verify, cached, recorded)
        return Jars(cached, "cache")
    layout.jar_cache.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(layout.jar_cache):
        folder = layout.jar_cache / _FOLDER
        if not folder.is_dir():
            await _fetch(folder, recorded, env, java, progress)
    return Jars(folder, "Maven")


def find_cached(layout: Layout) -> Path | None:
    """The folder of a finished earlier fetch (or a copy carried here by hand), not yet verified."""
    for place in (layout.jar_cache, layout.jars):
        if (place / _FOLDER).is_dir():
            return place / _FOLDER
    return None


def read_checksums(file: Path) -> dict[str, str]:
    """File name to SHA-256 (lower-case hex) of every recorded jar."""
    pairs = (line.split() for line in file.read_text(encoding="ascii").splitlines() if line.strip())
    return {name: digest for digest, name in pairs}


def verify(folder: Path, recorded: Mapping[str, str]) -> None:
    """Compare every jar in `folder` with its recorded SHA-256. A wrong or unknown one is deleted.

    Raises JarTampered when any was wrong or unknown, JarsUnobtainable when any is missing.
    """
    present = {jar.name: jar for jar in sorted(folder.glob("*.jar"))}
    wrong = [jar for name, jar in present.items() if _sha256(jar) != recorded.get(name)]
    for jar in wrong:
        jar.unlink()
    if wrong:
        _retire(folder)
        raise JarTampered(
            f"SHA-256 differs from the recorded one: {', '.join(jar.name for jar in wrong)}. "
            f"The copy in {folder} was deleted; start again to fetch it anew. If this repeats, do not trust the source "
            f"(a repository mirror, or the local Maven repository in ~/.m2)."
        )
    missing = sorted(recorded.keys() - present.keys())
    if missing:
        _retire(folder)
        raise JarsUnobtainable(f"{folder} was incomplete and was deleted (missing: {', '.join(missing)}). {_WAYS}")


_WAYS = (
    "Ways to get the broker's jars: Maven with access to a Maven repository (`apt-get install maven`; a mirror is set "
    f"in ~/.m2/settings.xml); or an unpacked Apache Kafka {KAFKA_VERSION} named by {HOME_VARIABLE}; or the folder "
    f"{_FOLDER} copied from another machine's ~/.cache/amends/jars into the same place here"
)


def _from_kafka_home(home: Path) -> Jars:
    """The `libs` folder of an unpacked Kafka; whoever names it vouches for it."""
    libs = home / "libs"
    if not any(libs.glob("kafka_2.13-*.jar")):
        raise JarsUnobtainable(f"{HOME_VARIABLE} is {home}, but {libs} has no kafka_2.13-*.jar. {_WAYS}.")
    return Jars(libs, HOME_VARIABLE)


async def _fetch(
    folder: Path, recorded: Mapping[str, str], env: Mapping[str, str], java: Java, progress: Progress
) -> None:
    """Let Maven copy the jars beside `folder`, verify them there, then rename: `folder` exists only when complete."""
    with tempfile.TemporaryDirectory(prefix=f"{_FOLDER}.", dir=folder.parent) as temporary:
        target = Path(temporary) / _FOLDER
        await _run_maven(target, env, java, len(recorded), progress)
        progress("checking the jars against their recorded SHA-256")
        await asyncio.to_thread(verify, target, recorded)
        target.rename(folder)


async def _run_maven(target: Path, env: Mapping[str, str], java: Java, expected: int, progress: Progress) -> None:
    maven = shutil.which("mvn", path=env.get("PATH", ""))
    if maven is None:
        raise ToolMissing(f"The broker's jars are not here yet and there is no `mvn` to fetch them. {_WAYS}.")
    progress(f"fetching Apache Kafka {KAFKA_VERSION} with Maven ({expected} jars, 40 MB; once per user)")
    process = await asyncio.create_subprocess_exec(
        maven, "--batch-mode", "--file", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={target}",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={**env, "JAVA_HOME": str(java.home)},
    )  # fmt: skip
    try:
        complaints = await _follow(process, expected, progress)
        status = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
    if status != 0:
        raise JarsUnobtainable("\n".join(["Maven could not bring the jars:", *complaints, f"{_WAYS}."]))


async def _follow(process: asyncio.subprocess.Process, expected: int, progress: Progress) -> list[str]:
    """Report each jar that arrives; return the lines with which Maven explains a failure."""
    assert process.stdout is not None
    complaints: list[str] = []
    async for raw in process.stdout:
        line = raw.decode(errors="replace").rstrip()
        if match := _FETCHED.search(line):
            progress(f"fetched {match['jar']} ({match['size']})")
        elif "ERROR" in line and len(complaints) < 3:
            complaints.append(line)
    return complaints


@contextmanager
def _one_at_a_time(cache: Path) -> Iterator[None]:
    """Two clones that start together fetch once: the second waits for the first. Blocks while it waits."""
    with (cache / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _retire(folder: Path) -> None:
    """Take an untrusted or incomplete folder out of the cache, so that the next start fetches a whole one."""
    if folder.name == _FOLDER and not os.path.islink(folder):
        shutil.rmtree(folder)


def _sha256(file: Path) -> str:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
