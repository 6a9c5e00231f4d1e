"""Samples broken in every way that a search thinks of: each is read or refused, and never takes long.

The search is guided by coverage: an input that reaches lines nobody reached before is bred from. A second of
it runs always, minutes of it under `make prove`. What it finds becomes a sample of its own.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

from services.intake.adapters.channels.hooks import Hook
from services.intake.adapters.channels.mail import Envelope
from services.intake.adapters.channels.registry import HOOKS
from services.intake.domain.errors import IntakeError
from tests.unit.intake.corpora import SAMPLES
from tests.unit.intake.test_hooks import NORMALISER, request

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
TYPES = {
    ".json": "application/json",
    ".form": "application/x-www-form-urlencoded",
}
# What parsers stumble over, in mail, JSON and forms.
TOKENS = (
    *(b"\r\n", b"\n\n", b"\x00", b"\xff", b"\xe2\x80\xae", b"=?utf-8?B?", b"?=", b"--", b"\r\n--x"),
    *(b'"', b"\\", b"Content-Type: ", b"multipart/mixed; boundary=", b"boundary*0*=x''", b"message/rfc822"),
    *(b"charset=utf-7", b"Content-Transfer-Encoding: ", b"base64", b"quoted-printable", b"uuencode"),
    *(b"begin 644 a", b"=C3", b"=\r\n", b"null", b"true", b"-1", b"1e999", b"9" * 30, b"[]", b"{}", b"[[[["),
    *(b'{"a":', b"\\ud800", b"%00", b"%u", b"&&", b"=1+1", b"<script>", b"In-Reply-To: <a@b>", b"<<>>"),
    *(b"(((", b"From: ", b"Date: Thu, 1 Jan 1970", b"@", b","),
)
LONGEST = 64 * 1024
SLOWEST_S = 5.0  # a hang, not a slow machine
ALWAYS_S, PROVE_S = 1.0, 60.0
READERS = SAMPLES.parents[0] / "services" / "intake"

Read = Callable[[bytes], Any]


def mail(raw: bytes) -> Any:
    return NORMALISER.read(raw, Envelope("ada@example.org", ("care@shop.example",), "smtp", NOW))


def hook(path: str, media_type: str) -> Read:
    found: Hook = HOOKS[path]

    def read(raw: bytes) -> Any:
        asked = request(raw, media_type)
        headers = {**asked.headers, "x-amz-sns-message-type": "Notification", "webhook-id": "m1"}
        return found.read(replace(asked, headers=headers))

    return read


def targets() -> dict[str, tuple[Read, list[bytes]]]:
    """Every parser with the samples it begins from."""
    found = {"mail": (mail, [one.read_bytes() for one in sorted((SAMPLES / "mail").iterdir())])}
    for path in HOOKS:
        own = sorted((SAMPLES / "webhooks").glob(f"{path.partition('/')[0]}*"))
        for suffix in sorted({one.suffix for one in own}) or [".json"]:
            samples = [one.read_bytes() for one in own if one.suffix == suffix] or [b"{}"]
            kind = TYPES.get(suffix) or f"multipart/form-data; boundary={samples[0].split()[0][2:].decode()}"
            found[f"{path}{suffix}"] = (hook(path, kind), samples)
    return found


TARGETS = targets()


@pytest.mark.parametrize("name", TARGETS)
def test_a_broken_sample_is_read_or_refused(name: str) -> None:
    search(*TARGETS[name], seconds=ALWAYS_S / 4, seed=7)


@pytest.mark.prove
@pytest.mark.parametrize("name", TARGETS)
def test_a_long_search_finds_nothing_that_is_neither_read_nor_refused(name: str) -> None:
    tries = search(*TARGETS[name], seconds=PROVE_S, seed=int(time.time()))
    assert tries > 100


def search(read: Read, samples: list[bytes], *, seconds: float, seed: int) -> int:
    """Breed from `samples` for so long; how many were tried. Fails with the input that broke the reader."""
    chance, pool, seen = random.Random(seed), list(samples), set[tuple[CodeType, int]]()
    ends, tries = time.monotonic() + seconds, 0
    for one in samples:
        seen |= reached(read, one)
    while tries < 20 or time.monotonic() < ends:
        tried = mutated(chance, pool)
        tries += 1
        fresh = reached(read, tried) - seen
        if fresh:
            seen |= fresh
            pool.append(tried)
    return tries


def reached(read: Read, raw: bytes) -> set[tuple[CodeType, int]]:
    """The lines of intake that reading `raw` runs through."""
    lines: set[tuple[CodeType, int]] = set()

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if event == "call" and not Path(frame.f_code.co_filename).is_relative_to(READERS):
            return None
        lines.add((frame.f_code, frame.f_lineno))
        return trace

    began, before = time.monotonic(), sys.gettrace()
    sys.settrace(trace)
    try:
        read(raw)
    except IntakeError:
        pass  # refused: an answer of the channel
    except Exception as fault:
        raise AssertionError(f"{type(fault).__name__} while reading {raw!r}") from fault
    finally:
        sys.settrace(before)
    assert time.monotonic() - began < SLOWEST_S, raw
    return lines


def mutated(chance: random.Random, pool: list[bytes]) -> bytes:
    """One of the pool after a few changes."""
    raw = bytearray(chance.choice(pool))
    for _ in range(chance.randint(1, 6)):
        begin = chance.randrange(len(raw) + 1)
        end = min(len(raw), begin + chance.choice((1, 4, 16, 200)))
        match chance.randrange(6):
            case 0:
                raw[begin:end] = b""
            case 1:
                raw[begin:begin] = chance.choice(TOKENS)
            case 2:
                raw[begin:end] = chance.choice(TOKENS)
            case 3:
                raw[begin:begin] = raw[begin:end] * chance.choice((1, 2, 50))
            case 4:
                other = chance.choice(pool)
                cut = chance.randrange(len(other) + 1)
                raw[begin:] = other[cut:]
            case _:
                raw[begin:end] = bytes(chance.randrange(256) for _ in range(end - begin))
    return bytes(raw[:LONGEST])
