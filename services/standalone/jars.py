"""The broker's jars: from an unpacked Kafka, from a cache, or by Maven; never run before their SHA-256 is
checked.

What is fetched is pinned in `pom.xml`; what it must be is recorded in `jars.sha256` beside it (lines of
`<sha256>  <file name>`, as sha256sum writes them).
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from services.standalone import maven
from services.standalone.errors import JarsUnobtainable, JarTampered
from services.standalone.java import Java
from services.standalone.layout import Layout
from services.standalone.maven import Progress
from services.standalone.waiting import until

KAFKA_VERSION = "4.3.1"
HOME_VARIABLE = "AMENDS_KAFKA_HOME"
CHECKSUMS = Path(__file__).with_name("jars.sha256")


@dataclass(frozen=True, slots=True)
class Jars:
    """The folder to put on the class path, and how it was come by."""

    folder: Path
    origin: str


async def obtain(layout: Layout, env: Mapping[str, str], java: Java, progress: Progress) -> Jars:
    """The broker's jars by the first way that works: AMENDS_KAFKA_HOME, a cached copy, a Maven client.

    A second start needs no network. Raises JarsUnobtainable or JarTampered, each naming the ways out.
    """
    if env.get(HOME_VARIABLE):
        return from_kafka_home(Path(env[HOME_VARIABLE]))
    recorded = read_checksums(CHECKSUMS)
    cached = find_cached(layout)
    if cached is not None:
        await asyncio.to_thread(verify, cached, recorded)
        return Jars(cached, "cache")
    layout.jar_cache.mkdir(parents=True, exist_ok=True)
    async with _one_at_a_time(layout.jar_cache, progress):
        folder = layout.jar_cache / folder_name()
        if not folder.is_dir():
            await _fetch(folder, recorded, env, java, progress)
    return Jars(folder, "Maven")


def from_kafka_home(home: Path) -> Jars:
    """The `libs` folder of an unpacked Kafka; whoever names it vouches for it. Raises JarsUnobtainable."""
    libs = home.expanduser().absolute() / "libs"
    if not any(libs.glob("kafka_2.13-*.jar")):
        raise JarsUnobtainable(
            f"{HOME_VARIABLE} is {home}, but {libs} holds no kafka_2.13-*.jar.\n{ways_out()}"
        )
    return Jars(libs, HOME_VARIABLE)


def folder_name() -> str:
    """The cache's folder for exactly the recorded jars: clones that differ in the record do not share one."""
    return f"kafka-{KAFKA_VERSION}-{_sha256(CHECKSUMS)[:8]}"


def find_cached(layout: Layout) -> Path | None:
    """The folder of a finished earlier fetch (or of a copy carried here by hand), not yet verified."""
    for place in (layout.jar_cache, layout.jars):
        if (place / folder_name()).is_dir():
            return place / folder_name()
    return None


def read_checksums(file: Path) -> dict[str, str]:
    """File name to SHA-256 (lower-case hex) of every recorded jar."""
    pairs = (line.split() for line in file.read_text(encoding="ascii").splitlines() if line.strip())
    return {name: digest for digest, name in pairs}


def verify(folder: Path, recorded: Mapping[str, str]) -> None:
    """Compare every jar in `folder` with its recorded SHA-256. If one is wrong, unknown or missing, `folder`
    goes.

    Raises JarTampered when any was wrong or unknown, JarsUnobtainable when any is missing.
    """
    present = {jar.name: jar for jar in sorted(folder.glob("*.jar"))}
    wrong = [name for name, jar in present.items() if _sha256(jar) != recorded.get(name)]
    missing = sorted(recorded.keys() - present.keys())
    if not wrong and not missing:
        return
    shutil.rmtree(folder)
    if wrong:
        raise JarTampered(
            f"{', '.join(wrong)}: SHA-256 is not the recorded one. The copy in {folder} was deleted; start "
            "again to fetch it anew. If it happens again, do not trust the source: the repository's "
            "mirror, or the local Maven repository (~/.m2)."
        )
    raise JarsUnobtainable(
        f"{folder} was incomplete and was deleted (missing: {', '.join(missing)}). Start again to fetch it "
        "anew."
    )


def ways_out() -> str:
    """What a person can do when the jars cannot be had."""
    return (
        "Ways to get the broker's jars:\n"
        "- a Maven client that reaches a Maven repository: `apt-get install maven` (a mirror is set in "
        "~/.m2/settings.xml) or `pip install jgo`;\n"
        f"- an unpacked Apache Kafka {KAFKA_VERSION}, named by {HOME_VARIABLE};\n"
        f"- the folder amends/jars/{folder_name()} of another machine's ~/.cache, copied to the same place "
        "here;\n"
        "- a running Kafka, named by KAFKA_BOOTSTRAP."
    )


async def _fetch(
    folder: Path, recorded: Mapping[str, str], env: Mapping[str, str], java: Java, progress: Progress
) -> None:
    """Fetch beside `folder`, verify there, then rename: `folder` exists only when complete and right."""
    with tempfile.TemporaryDirectory(prefix=f"{folder.name}.", dir=folder.parent) as temporary:
        target = Path(temporary) / folder.name
        try:
            await maven.fetch(target, recorded, env, java, progress)
        except JarsUnobtainable as failure:
            raise JarsUnobtainable(f"Kafka's jars are not here yet. {failure}\n{ways_out()}") from None
        progress("checking the jars against their recorded SHA-256")
        await asyncio.to_thread(verify, target, recorded)
        target.rename(folder)


@asynccontextmanager
async def _one_at_a_time(cache: Path, progress: Progress) -> AsyncIterator[None]:
    """Two clones that start together fetch once: the second waits until the first is through."""
    with (cache / "lock").open("a") as file:
        if not await _locked(file.fileno()):
            progress("waiting for another process that fetches the jars")
            await until(lambda: _locked(file.fileno()))
        yield


async def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sha256(file: Path) -> str:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
