"""The table of channels says what the code does: cells are held to the registry, samples, pages, tests."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from types import ModuleType

import pytest

from services.followup.domain.words import _BY_CHANNEL, TWILIO_WHATSAPP, route
from services.followup.domain.words import Channel as OutChannel
from services.intake.adapters.channels import asterisk, mail, rest, twilio_sms, webchat, webform
from services.intake.adapters.channels.hooks import Hook
from services.intake.adapters.channels.registry import HOOKS, INTEGRATIONS
from tests.contract.deploy_files import ROOT

PAGES = ROOT / "docs" / "channels"
TABLE = (PAGES / "README.md").read_text(encoding="utf-8")
SAMPLES = {
    path.name
    for kind in ("mail", "webhooks", "web", "import")
    for path in (ROOT / "samples" / kind).iterdir()
}
# Ways in that are no hooks, and the module that reads them.
WITHOUT_HOOKS: dict[str, ModuleType] = {
    "smtp.md": mail,
    "imap.md": mail,
    "twilio-whatsapp.md": twilio_sms,
    "asterisk.md": asterisk,
    "rest.md": rest,
    "web-chat.md": webchat,
    "web-form.md": webform,
    "import.md": rest,
}
# By which module's functions a reader threads what it reads.
THREADS = {
    "case": {"rest", "standard", "webform"},
    "mail": {"posted", "mail"},
    "chat": {"chat", "webchat"},
    "call": {"live"},
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    page: str
    signature: str
    hooks: tuple[str, ...]
    answers: str
    out: str
    receipt: str
    threads: str
    samples: tuple[str, ...]
    tests: tuple[str, ...]

    @property
    def modules(self) -> list[ModuleType]:
        """What reads it."""
        found = {sys.modules[HOOKS[path].read.__module__] for path in self.hooks}
        return sorted(found, key=lambda one: one.__name__) or [WITHOUT_HOOKS[self.page]]


def rows() -> list[Row]:
    """The table of hooks, read as it stands on the page."""
    found = []
    for line in TABLE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        named = re.match(r"\[([a-z-]+\.md)\]\(\1\)", cells[0])
        if named and len(cells) == 10:
            _, _, signature, hooks, answers, out, receipt, threads, samples, tests = cells
            found.append(
                Row(
                    named[1],
                    signature,
                    quoted(hooks),
                    answers,
                    out,
                    receipt,
                    threads,
                    quoted(samples),
                    quoted(tests),
                )
            )
    return found


def quoted(cell: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([^`]+)`", cell))


ROWS = rows()
each = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.page)


def test_every_hook_and_every_page_has_its_row() -> None:
    assert sorted(path for row in ROWS for path in row.hooks) == sorted(HOOKS)
    listed = [row.page for row in ROWS]
    assert sorted(listed) == sorted(page.name for page in PAGES.glob("*.md") if page.name != "README.md")
    providers = {hook.provider for row in ROWS for hook in _hooks(row)} | {
        "mail",
        "imap",
        "asterisk",
        "webchat",
        "webform",
    }
    assert {one.provider for one in INTEGRATIONS} <= providers


def test_every_sample_is_in_one_row_and_is_there() -> None:
    claimed = [name for row in ROWS for pattern in row.samples for name in _matching(pattern)]
    assert sorted(claimed) == sorted(SAMPLES)


@each
def test_a_row_tells_what_retries_get(row: Row) -> None:
    told = {_answers(hook) for hook in _hooks(row)}
    assert {row.answers} == (told or {row.answers})


@each
def test_a_row_tells_whether_answers_go_out_and_receipts_come_back(row: Row) -> None:
    assert row.receipt == ("yes" if any(map(_makes_receipts, row.modules)) else "no")
    channels = {hook.channel.value for hook in _hooks(row)} or {_channel(row.page)}
    account = f"{TWILIO_WHATSAPP}+442079460103" if row.page == "twilio-whatsapp.md" else ""
    ways = {
        route(OutChannel(one), _party(one), account) for one in channels if OutChannel(one) in _BY_CHANNEL
    }
    assert row.out == (", ".join(sorted(str(way) for way in ways if way)) or "by party")


@each
def test_a_row_tells_what_it_threads_by(row: Row) -> None:
    used = {name for module in row.modules for name in _used(module)}
    used |= {module.__name__.rpartition(".")[2] for module in row.modules}
    fitting = [word for word, modules in THREADS.items() if used & modules]
    assert row.threads in fitting, fitting


@each
def test_a_page_names_its_hooks_and_the_tests_of_a_row_are_there(row: Row) -> None:
    text = (PAGES / row.page).read_text(encoding="utf-8")
    assert [path for path in row.hooks if f"/{path}" not in text and path not in text] == []
    tested = "".join((ROOT / "tests" / name).read_text(encoding="utf-8") for name in row.tests)
    assert tested
    if row.receipt == "yes":
        assert "eceipt" in tested
    if row.hooks:
        assert "bad_signature" in tested or "BadSignature" in tested or "401" in tested


def _hooks(row: Row) -> list[Hook]:
    return [HOOKS[path] for path in row.hooks]


def _answers(hook: Hook) -> str:
    again = hook.again_status or "401, 404"
    return f"{again}; {hook.final_status or '400, 413'}"


def _makes_receipts(module: ModuleType) -> bool:
    """Of what it reads itself, or of the mails it hands to the reader of mails: bounces are receipts."""
    return hasattr(module, "Receipt") or "posted" in _used(module)


def _used(module: ModuleType) -> set[str]:
    """The modules whose functions and classes it uses."""
    return {getattr(value, "__module__", "").rpartition(".")[2] for value in vars(module).values()}


def _matching(pattern: str) -> list[str]:
    expression = re.escape(pattern).replace(r"\*", ".*")
    return [name for name in SAMPLES if re.fullmatch(expression, name)]


def _channel(page: str) -> str:
    named = {"smtp.md": "email", "imap.md": "email", "web-chat.md": "webchat", "web-form.md": "webform"}
    named["asterisk.md"] = "phone"
    return named.get(page, "sms" if page == "twilio-sms.md" else "whatsapp" if "whatsapp" in page else "api")


def _party(channel: str) -> str:
    return {"email": "email", "sms": "phone", "phone": "phone"}.get(channel, channel)
