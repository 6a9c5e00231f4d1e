"""Fetch the jars a `pom.xml` names without Maven: `python -m services.standalone.mavenfetch POM FOLDER`.

For machines that have Python only: jgo, a Maven client in pure Python, does what `mvn
dependency:copy-dependencies` would. It says one line per jar, in Maven's words, and exits 1 with a line that
begins with ERROR when one fails.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from jgo.maven import MavenContext

_NAMESPACE = {"m": "http://maven.apache.org/POM/4.0.0"}


def read_coordinates(pom: Path) -> Iterator[tuple[str, str, str]]:
    """Group, artifact and version of every dependency that `pom` itself names."""
    # The file is our own, from beside this module: no foreign XML is parsed here.
    for dependency in ElementTree.parse(pom).iterfind("m:dependencies/m:dependency", _NAMESPACE):  # noqa: S314
        group, artifact, version = (
            dependency.findtext(f"m:{part}", "", _NAMESPACE) for part in ("groupId", "artifactId", "version")
        )
        yield group, artifact, version


def fetch(pom: Path, folder: Path) -> None:
    """Bring every jar of `pom` into `folder`. Raises OSError or RuntimeError, with the reason, at the first
    failure.

    The client's own cache lies inside `folder`'s parent for the time being: a fetch cut off in the middle
    must not leave half a jar in the user's Maven repository.
    """
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as cache:
        maven = MavenContext(repo_cache=Path(cache), timeout=30)
        for group, artifact, version in read_coordinates(pom):
            jar = maven.project(group, artifact).at_version(version).artifact().resolve()
            print(f"Downloaded {jar.name} ({jar.stat().st_size // 1000} kB)", flush=True)
            jar.rename(folder / jar.name)


def main(arguments: list[str]) -> int:
    """Run one fetch; the exit status."""
    pom, folder = map(Path, arguments)
    try:
        fetch(pom, folder)
    except (OSError, RuntimeError) as error:
        print(f"ERROR: {error}", flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
