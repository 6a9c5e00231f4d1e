"""Real and broken mails from the corpora beside the checkout: read, or refused by a rule."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from services.intake.adapters.channels.body import read_body
from services.intake.adapters.channels.mail import Envelope, MailNormaliser
from services.intake.adapters.channels.markup import html_to_text
from services.intake.adapters.wordlists import load_classifier
from services.intake.domain.errors import TooLarge
from services.intake.domain.records import CustomerWord
from services.intake.domain.text import clean_text
from tests.unit.intake.corpora import corpus

NORMALISER = MailNormaliser(load_classifier(), ("secret",))
ENVELOPE = Envelope(
    "sender@example.org", ("care@harbour.example",), "smtp", datetime(2026, 11, 22, 10, tzinfo=UTC)
)


@pytest.fixture(scope="module")
def mails() -> list[Path]:
    """Every mail of the corpora; what parsers are expected to find stands beside some of them."""
    files = [one for one in corpus("email", "*") if one.suffix not in (".json", ".xml")]
    return [one for one in files if "email_reply" not in str(one.parent)]


def _word(file: Path) -> CustomerWord:
    read = NORMALISER.read(file.read_bytes(), ENVELOPE)
    assert isinstance(read, CustomerWord), f"{file.name}: no mail of the corpora answers one of ours"
    return read


@pytest.fixture(scope="module")
def words(mails: list[Path]) -> dict[Path, CustomerWord]:
    """What is read of every mail that is not refused."""
    read, rules = {}, {}
    for file in mails:
        try:
            read[file] = _word(file)
        except TooLarge as refused:
            rules[file] = refused.rule
    assert set(rules.values()) <= {"headers_too_large"}
    return read


def test_only_header_blocks_over_the_limit_are_refused(
    mails: list[Path], words: dict[Path, CustomerWord]
) -> None:
    assert len(mails) - len(words) <= 2


def test_no_letter_is_lost_that_the_bytes_still_hold(words: dict[Path, CustomerWord]) -> None:
    holes = {file for file, read in words.items() if "\ufffd" in read.subject + read.full_name + read.text}
    # One carries the holes itself, one is garbage for base64, one is Shift-JIS under the name of ASCII.
    assert len(holes) <= 3


def test_no_word_is_left_coded_and_no_name_has_a_path(words: dict[Path, CustomerWord]) -> None:
    for file, read in words.items():
        assert "=?" not in read.subject + read.full_name, file
        assert not any(set("/\\\n\0") & set(one.name) for one in read.attachments), file


def test_a_mail_without_words_has_files_or_nothing_in_it(words: dict[Path, CustomerWord]) -> None:
    empty = [file for file, read in words.items() if not read.text and not read.attachments]
    assert len(empty) <= 9


def test_mails_of_lists_and_hosts_are_told_from_those_of_people(words: dict[Path, CustomerWord]) -> None:
    def suppressed(part: str) -> list[bool]:
        return [bool(read.suppressed_reason) for file, read in words.items() if part in str(file)]

    assert all(suppressed("/bounce/")), "reports of hosts"
    assert all(suppressed("multipart_report_emails/")), "reports of hosts"
    for people in ("talon-standard_replies", "django-helpdesk", "stalwart-legacy"):
        assert not any(suppressed(people)), people


# ------------------------------------------------------------------------------------------ as expected

# Files whose expected figures are of another mind than we are: broken structures of which the corpus keeps
# less than we do, and torture of line endings.
_OF_ANOTHER_MIND = {
    *("stalwart-malformed/003", "stalwart-malformed/006", "stalwart-malformed/008", "stalwart-malformed/011"),
    *("stalwart-malformed/013", "stalwart-malformed/016", "stalwart-malformed/019"),
    # These expect holes in the text, where the charset was declared wrongly.
    *("stalwart-legacy/033", "stalwart-legacy/052"),
    # This leaves a uuencoded file in the text.
    "stalwart-legacy/049",
    *("stalwart-thirdparty/002", "stalwart-thirdparty/003", "stalwart-thirdparty/005"),
}


def _expected_words(file: Path) -> str:
    expected = json.loads(file.with_suffix(".json").read_text("utf-8"))
    bodies = [expected["parts"][number]["body"] for number in expected["text_body"]]
    return "\n".join(
        html_to_text(body["Html"]) if "Html" in body else str(body.get("Text", "")) for body in bodies
    )


def test_the_words_of_the_parser_corpus_are_read_as_it_expects_them() -> None:
    files = [one for one in corpus("email", "*.eml") if one.parent.name.startswith("stalwart-")]
    alike = [
        file
        for file in files
        if SequenceMatcher(
            None, _expected_words(file).split(), clean_text(read_body(file.read_bytes()).text).split(), False
        ).ratio()
        > 0.9
    ]
    wrong = {f"{file.parent.name}/{file.stem}" for file in set(files) - set(alike)}
    assert wrong <= _OF_ANOTHER_MIND
