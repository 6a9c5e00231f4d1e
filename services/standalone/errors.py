"""What can go wrong when one machine plays the whole platform; each error's text says what to do next."""

from __future__ import annotations

from pathlib import Path


class StandaloneError(Exception):
    """The embedded default cannot go on; the message says why and how a person gets past it."""


class FolderInUse(StandaloneError):
    """Another supervisor holds the data folder: stop it, or choose another folder with AMENDS_HOME."""


class ToolMissing(StandaloneError):
    """A program the embedded servers need is not on the machine; the message names ways to get it."""


class JarsUnobtainable(StandaloneError):
    """The broker's jars are in no cache and Maven could not bring them; the message lists the other ways."""


class JarTampered(StandaloneError):
    """A jar's SHA-256 is not the recorded one; the file was deleted, so the next attempt fetches it anew."""


class DataFolderUnusable(StandaloneError):
    """The data was written by a server version that is not here any more, or belongs to another user."""


class StartFailed(StandaloneError):
    """A server process ended, or did not answer in time, while starting; carries the end of its log."""

    def __init__(self, what: str, why: str, log: Path, tail: str) -> None:
        self.log = log
        self.tail = tail
        super().__init__(f"{what} did not start: {why}\nIts log is {log}; the end of it:\n{tail}")
