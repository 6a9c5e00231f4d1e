"""No jar is run that is not the recorded one, and whoever has no network is told every other way."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path

import pytest

from services.standalone import jars, maven, mavenfetch
from services.standalone.errors import JarsUnobtainable, JarTampered
from services.standalone.java import Java
from services.standalone.layout import Layout

JAVA = Java(Path("/nowhere"), 17, "PATH")
CONTENT = {"a.jar": b"first", "b.jar": b"second"}
RECORDED = {name: hashlib.sha256(data).hexdigest() for name, data in CONTENT.items()}


def fill(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name, data in CONTENT.items():
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The two small jars above in place of Kafka's forty."""
    file = tmp_path / "jars.sha256"
    file.write_text("".join(f"{digest}  {name}\n" for name, digest in RECORDED.items()))
    monkeypatch.setattr(jars, "CHECKSUMS", file)
    return file


def fake_maven(folder: Path, script: str) -> dict[str, str]:
    """An environment whose `mvn` runs `script` with $OUT as the folder to fill."""
    folder.mkdir()
    mvn = folder / "mvn"
    mvn.write_text(
        "#!/bin/sh\n"
        'for word in "$@"; do\n'
        '  case "$word" in -DoutputDirectory=*) OUT="${word#-DoutputDirectory=}";; esac\n'
        "done\n"
        f"{script}\n"
    )
    mvn.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


FILL = 'mkdir -p "$OUT" && printf first > "$OUT/a.jar" && printf second > "$OUT/b.jar"'


def test_the_recorded_jars_are_exactly_what_the_pom_names() -> None:
    named = {f"{artifact}-{version}.jar" for _, artifact, version in mavenfetch.read_coordinates(maven.POM)}
    recorded = jars.read_checksums(jars.CHECKSUMS)
    assert named == set(recorded)
    assert f"kafka_2.13-{jars.KAFKA_VERSION}.jar" in named
    assert all(len(digest) == 64 for digest in recorded.values())


def test_the_right_jars_pass(tmp_path: Path) -> None:
    jars.verify(fill(tmp_path / "jars"), RECORDED)


def test_a_tampered_jar_is_refused_and_the_copy_deleted(tmp_path: Path) -> None:
    folder = fill(tmp_path / "jars")
    (folder / "a.jar").write_bytes(b"First")
    with pytest.raises(JarTampered, match=r"^a\.jar: SHA-256"):
        jars.verify(folder, RECORDED)
    assert not folder.exists()


def test_a_jar_that_is_not_recorded_is_refused(tmp_path: Path) -> None:
    folder = fill(tmp_path / "jars")
    (folder / "c.jar").write_bytes(b"stowaway")
    with pytest.raises(JarTampered, match=r"^c\.jar"):
        jars.verify(folder, RECORDED)


def test_a_half_copy_is_told_from_a_forged_one(tmp_path: Path) -> None:
    folder = fill(tmp_path / "jars")
    (folder / "b.jar").unlink()
    with pytest.raises(JarsUnobtainable, match=r"missing: b\.jar"):
        jars.verify(folder, RECORDED)
    assert not folder.exists()


@pytest.mark.usefixtures("record")
async def test_maven_fetches_once_and_the_second_start_needs_neither_maven_nor_network(
    layout: Layout, tmp_path: Path
) -> None:
    lines: list[str] = []
    env = fake_maven(tmp_path / "bin", f"{FILL} && echo 'Downloaded from here: x://y/a.jar (5 B at 1 B/s)'")
    first = await jars.obtain(layout, env, JAVA, lines.append)
    assert first.origin == "Maven"
    assert "fetched a.jar (5 B at 1 B/s)" in lines
    second = await jars.obtain(layout, {"PATH": ""}, JAVA, pytest.fail)
    assert (second.folder, second.origin) == (first.folder, "cache")


@pytest.mark.usefixtures("record")
async def test_a_copy_carried_into_the_data_folder_serves_like_the_cache(layout: Layout) -> None:
    fill(layout.jars / jars.folder_name())
    found = await jars.obtain(layout, {"PATH": ""}, JAVA, pytest.fail)
    assert found.folder == layout.jars / jars.folder_name()


@pytest.mark.usefixtures("record")
async def test_a_tampered_cache_stops_the_start(layout: Layout) -> None:
    folder = fill(layout.jar_cache / jars.folder_name())
    (folder / "b.jar").write_bytes(b"forged")
    with pytest.raises(JarTampered, match=r"b\.jar"):
        await jars.obtain(layout, {"PATH": ""}, JAVA, pytest.fail)


@pytest.mark.usefixtures("record")
async def test_what_maven_brings_is_not_trusted_either(layout: Layout, tmp_path: Path) -> None:
    env = fake_maven(tmp_path / "bin", f'{FILL} && printf forged > "$OUT/b.jar"')
    with pytest.raises(JarTampered, match=r"b\.jar"):
        await jars.obtain(layout, env, JAVA, lambda line: None)
    assert jars.find_cached(layout) is None


@pytest.mark.usefixtures("record")
async def test_when_no_repository_can_be_reached_the_error_says_that_and_names_the_other_ways(
    layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maven, "available_clients", lambda env: ["mvn"])
    env = fake_maven(tmp_path / "bin", "echo '[ERROR] Unknown host repository.invalid'; exit 1")
    with pytest.raises(JarsUnobtainable) as caught:
        await jars.obtain(layout, env, JAVA, lambda line: None)
    text = str(caught.value)
    assert "mvn failed:\n[ERROR] Unknown host repository.invalid" in text
    for way in ("AMENDS_KAFKA_HOME", "apt-get install maven", "pip install jgo", jars.folder_name()):
        assert way in text
    assert list(layout.jar_cache.glob("kafka-*")) == []


@pytest.mark.usefixtures("record")
async def test_without_any_client_the_error_says_so(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maven, "available_clients", lambda env: [])
    with pytest.raises(JarsUnobtainable, match=r"neither `mvn` nor the jgo wheel"):
        await jars.obtain(layout, {"PATH": ""}, JAVA, lambda line: None)


@pytest.mark.usefixtures("record")
async def test_two_clones_that_start_together_fetch_once(layout: Layout, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    env = fake_maven(tmp_path / "bin", f'echo called >> "{calls}" && {FILL}')
    first, second = await asyncio.gather(
        *(jars.obtain(layout, env, JAVA, lambda line: None) for _ in range(2))
    )
    assert first.folder == second.folder
    assert calls.read_text().splitlines() == ["called"]


async def test_an_unpacked_kafka_wins_over_everything(layout: Layout, tmp_path: Path) -> None:
    libs = tmp_path / "kafka" / "libs"
    libs.mkdir(parents=True)
    (libs / "kafka_2.13-4.3.1.jar").write_bytes(b"")
    env = {"AMENDS_KAFKA_HOME": str(tmp_path / "kafka"), "PATH": ""}
    assert (await jars.obtain(layout, env, JAVA, pytest.fail)).folder == libs


async def test_a_kafka_home_without_kafka_is_an_error_and_not_a_silent_download(
    layout: Layout, tmp_path: Path
) -> None:
    with pytest.raises(JarsUnobtainable, match=r"AMENDS_KAFKA_HOME is .* holds no kafka_2\.13"):
        await jars.obtain(layout, {"AMENDS_KAFKA_HOME": str(tmp_path)}, JAVA, pytest.fail)


@pytest.mark.parametrize(
    ("line", "download"),
    [
        ("[INFO] Downloaded from central: x://h/b-1.jar (16 kB at 2 kB/s)", ("b-1.jar", "16 kB at 2 kB/s")),
        ("Downloaded kafka-clients-4.3.1.jar (10204 kB)", ("kafka-clients-4.3.1.jar", "10204 kB")),
        ("[INFO] Downloaded from central: x://host/m2/a/b/1/b-1.pom (1.6 kB at 2 MB/s)", None),
        ("[INFO] Downloading from central: x://host/m2/a/b/1/b-1.jar", None),
    ],
)  # fmt: skip
def test_progress_is_read_from_both_clients_words(line: str, download: tuple[str, str] | None) -> None:
    assert maven.parse_download(line) == download
