"""Where the embedded servers keep their data: one folder that survives restarts and that one supervisor
holds.

The jars of the broker are the exception: they are the same for every clone, so they live in the user's cache.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.standalone.errors import FolderInUse

SERVICES = ("intake", "resolution", "followup", "metrics")

HOME_VARIABLE = "AMENDS_HOME"
DEFAULT_FOLDER = ".amends"


@dataclass(frozen=True, slots=True)
class Layout:
    """The data folder and its parts. Nothing is created before `prepare`."""

    home: Path
    jar_cache: Path

    @classmethod
    def from_environment(cls, env: Mapping[str, str], cwd: Path) -> Layout:
        """The layout `env` asks for: AMENDS_HOME or `.amends` under `cwd`, jars in the user's cache folder.

        Where the user's cache cannot be written (no HOME, a read-only one) the data folder has the jars.
        """
        home = Path(env.get(HOME_VARIABLE) or cwd / DEFAULT_FOLDER).expanduser().absolute()
        cache = _user_cache(env)
        return cls(home, cache / "amends" / "jars" if cache is not None else home / "jars")

    @property
    def kafka(self) -> Path:
        """Kafka's ports, configuration and log segments."""
        return self.home / "kafka"

    @property
    def postgres(self) -> Path:
        """PostgreSQL's port, password and cluster."""
        return self.home / "postgres"

    @property
    def logs(self) -> Path:
        """One log file per process."""
        return self.home / "logs"

    @property
    def run(self) -> Path:
        """What is true of the running supervisor only: its lock."""
        return self.home / "run"

    @property
    def jars(self) -> Path:
        """A jar cache inside the data folder: where the user's cache cannot be, and for carried copies."""
        return self.home / "jars"

    def prepare(self) -> Layout:
        """Create what is missing, readable by the owner alone. Raises OSError where that may not be."""
        for folder in (self.home, self.kafka, self.postgres, self.logs, self.run):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self

    def fresh(self) -> None:
        """Empty the folder of all but the jars. The caller holds `lock`, so no server runs in it."""
        for folder in (self.kafka, self.postgres, self.logs):
            remove_tree(folder)
        self.prepare()

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the data folder while the block runs; raises FolderInUse when another process holds it.

        An advisory lock of the kernel: it vanishes with its holder, even one that was killed.
        """
        self.prepare()
        path = self.run / "lock"
        with path.open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise FolderInUse(_in_use(self.home, path)) from None
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield


def remove_tree(folder: Path) -> None:
    """Remove `folder` and what links inside it lead to (see `identity.settle`)."""
    if not folder.exists():
        return
    for entry in folder.iterdir():
        if entry.is_symlink() and entry.is_dir():
            shutil.rmtree(entry.resolve())
    shutil.rmtree(folder)


def _in_use(home: Path, lock: Path) -> str:
    holder = lock.read_text(encoding="ascii").strip() or "unknown"
    return (
        f"{home} is used by another running process (pid {holder}). "
        f"Stop that one, or set {HOME_VARIABLE} to another folder."
    )


def _user_cache(env: Mapping[str, str]) -> Path | None:
    """The folder for caches of the XDG base directory specification, or None where it cannot be written."""
    if env.get("XDG_CACHE_HOME", "").startswith("/"):
        cache = Path(env["XDG_CACHE_HOME"])
    elif env.get("HOME", "").startswith("/"):
        cache = Path(env["HOME"]) / ".cache"
    else:
        return None
    return cache if _writable(cache) else None


def nearest_existing(path: Path) -> Path:
    """`path`, or the nearest folder above it that exists."""
    return next(place for place in (path, *path.parents) if place.exists())


def _writable(folder: Path) -> bool:
    """Whether `folder` can be written, or be created because its nearest existing parent can."""
    nearest = nearest_existing(folder)
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
