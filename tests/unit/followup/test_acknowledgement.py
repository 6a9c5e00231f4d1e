"""The automatic first word: once, naming the owner, never to a robot and never on a live call."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from services.chassis.errors import ConfigError
from services.followup.adapters.letter_files import FOLDER
from services.followup.adapters.message_files import TemplateLetters, languages, load
from services.followup.adapters.shelves import Shelf, fill
from services.followup.domain.words import Channel, Via, route
from tests.unit.followup.cases import Case, complaint, owner

WORDS = Shelf(load())
LETTERS = TemplateLetters(WORDS, languages(["*:en", "harbour:de"], WORDS))


@pytest.mark.parametrize("first", ["complaint", "owner"])
def test_it_goes_out_as_soon_as_both_complaint_and_owner_are_known(first: str) -> None:
    facts = [complaint(), owner()]
    case = Case().learn(1, facts.pop(0 if first == "complaint" else 1))
    assert case.last is not None
    assert case.last.acknowledge is None
    case.learn(2, *facts)
    assert case.last.acknowledge is not None
    assert case.last.acknowledge.owner.name == "Maria"


def test_it_goes_out_once_also_when_the_owner_changes() -> None:
    case = Case().learn(1, complaint(), owner()).learn(2, owner("jonas", 2))
    assert case.last is not None
    assert case.last.acknowledge is None


@pytest.mark.parametrize(
    "silent",
    [
        complaint(live=True),
        complaint(suppressed=True),
        replace(complaint(), party_value=""),
        replace(complaint(Channel.API), party_kind="crm"),
    ],
    ids=["live call", "automatic mail", "nobody to write to", "no way back"],
)
def test_it_does_not_go_out(silent: object) -> None:
    case = Case().learn(1, silent, owner())  # type: ignore[arg-type]
    assert case.last is not None
    assert case.last.acknowledge is None


def test_a_form_is_answered_where_the_customer_can_be_reached() -> None:
    form = replace(complaint(Channel.WEBFORM), party_kind="email")
    case = Case().learn(1, form, owner())
    assert case.last is not None
    assert case.last.acknowledge is not None
    assert case.last.acknowledge.via is Via.SMTP


@pytest.mark.parametrize(
    ("channel", "kind", "via"),
    [
        (Channel.EMAIL, "email", Via.SMTP),
        (Channel.SMS, "phone", Via.TWILIO),
        (Channel.PHONE, "phone", Via.TWILIO),
        (Channel.PHONE, "handle", None),
        (Channel.WHATSAPP, "phone", Via.WHATSAPP),
        (Channel.MESSENGER, "messenger", Via.MESSENGER),
        (Channel.INSTAGRAM, "instagram", Via.INSTAGRAM),
        (Channel.WEBFORM, "instagram", Via.INSTAGRAM),
        (Channel.TELEGRAM, "telegram", Via.TELEGRAM),
        (Channel.LINE, "line", Via.LINE),
        (Channel.VIBER, "viber", Via.VIBER),
        (Channel.X, "x", Via.X),
        (Channel.WEBCHAT, "webchat", Via.WEBCHAT),
        (Channel.API, "phone", Via.TWILIO),
        (Channel.API, "crm", None),
    ],
)
def test_each_party_is_written_to_by_the_provider_that_reaches_it(
    channel: Channel, kind: str, via: Via | None
) -> None:
    assert route(channel, kind) is via


def test_whatsapp_is_answered_by_the_provider_it_came_through() -> None:
    assert route(Channel.WHATSAPP, "whatsapp", "555000") is Via.WHATSAPP
    for kind in ("whatsapp", "phone", "handle"):
        assert route(Channel.WHATSAPP, kind, "whatsapp:+442079460103") is Via.TWILIO


def test_the_mail_thanks_by_first_name_apologises_and_names_the_owner_and_how_to_reach_them() -> None:
    subject, text = LETTERS.acknowledge("acme", complaint(), owner())
    assert subject == "Re: Four hours late"
    for words in ("Dear Ana,", "thank you", "sorry", "ours to put right", "Maria", "maria@air.example"):
        assert words in text


def test_the_short_form_is_one_line_without_a_subject() -> None:
    subject, text = LETTERS.acknowledge("acme", complaint(Channel.SMS), owner())
    assert subject == ""
    assert "\n" not in text
    assert len(text) < 320


def test_a_customer_without_a_name_is_greeted_all_the_same() -> None:
    nameless = replace(complaint(), first_name="", subject="")
    subject, text = LETTERS.acknowledge("acme", nameless, replace(owner(), contact=""))
    assert subject == "Your message to us"
    assert text.startswith("Hello,")
    assert "by answering this message" in text


def test_who_takes_over_from_a_leaver_is_named_to_the_customer_once_also_after_a_call() -> None:
    new = replace(owner("jonas", 5), forced=True)
    for first in (complaint(), replace(complaint(Channel.PHONE, live=True), party_kind="phone")):
        case = Case().learn(1, first, owner())
        assert case.last is not None
        assert case.last.introduce == ()
        case.learn(6, new)
        assert [each.owner.name for each in case.last.introduce] == ["Jonas"]
        assert case.learn(7, new).last is not None
        assert case.last.introduce == ()


def test_a_robot_is_told_of_no_new_owner() -> None:
    new = replace(owner("jonas", 5), forced=True)
    case = Case().learn(1, complaint(suppressed=True), owner(), new)
    assert case.last is not None
    assert case.last.introduce == ()


def test_the_news_names_the_new_owner_and_how_to_reach_them_and_nobody_else() -> None:
    subject, text = LETTERS.introduce("acme", complaint(), owner("jonas"))
    assert subject == "Re: Four hours late"
    for words in ("Dear Ana,", "Jonas", "jonas@air.example", "from now on"):
        assert words in text
    assert len(LETTERS.introduce("acme", complaint(Channel.SMS), owner("jonas"))[1]) < 320


@pytest.mark.parametrize(
    ("tenant", "own", "greeting"),
    [
        ("acme", "de", "Guten Tag Ana,"),
        ("acme", "de-AT", "Guten Tag Ana,"),
        ("harbour", "en_GB", "Dear Ana,"),
        ("harbour", "", "Guten Tag Ana,"),
        ("harbour", "pt", "Guten Tag Ana,"),
        ("acme", "pt", "Dear Ana,"),
    ],
)
def test_it_is_written_in_the_customers_language_else_in_the_tenants_else_in_english(
    tenant: str, own: str, greeting: str
) -> None:
    spoken = replace(complaint(), language=own)
    for write in (LETTERS.acknowledge, LETTERS.introduce):
        assert write(tenant, spoken, owner())[1].startswith(greeting)
    assert ("Klicks" in LETTERS.invitation(tenant, own)) == greeting.startswith("Guten")


def test_the_german_words_say_what_the_english_ones_do() -> None:
    spoken = replace(complaint(), language="de", subject="")
    subject, text = LETTERS.acknowledge("acme", spoken, owner())
    assert subject == "Ihre Nachricht an uns"
    for words in ("danke", "Es tut mir leid", "Maria", "maria@air.example", "automatisch"):
        assert words in text
    by_phone = replace(complaint(Channel.SMS), language="de")
    for write in (LETTERS.acknowledge, LETTERS.introduce):
        short = write("acme", by_phone, owner())[1]
        assert "\n" not in short
        assert len(short) < 320


def test_a_tenant_may_say_it_in_words_and_languages_of_its_own(tmp_path: Path) -> None:
    english = (FOLDER / "messages.en.yaml").read_text(encoding="utf-8")
    (tmp_path / "harbour").mkdir()
    (tmp_path / "harbour" / "messages.en.yaml").write_text(english.replace("Dear {name}", "Ahoy {name}"))
    dutch = english.replace("language: en", "language: nl").replace("Dear {name}", "Beste {name}")
    (tmp_path / "harbour" / "messages.nl.yaml").write_text(dutch)
    words = fill(load, FOLDER, str(tmp_path))
    letters = TemplateLetters(words, languages(["harbour:nl"], words))

    def begins(tenant: str, language: str) -> str:
        spoken = replace(complaint(), language=language)
        return letters.acknowledge(tenant, spoken, owner())[1].partition(" ")[0]

    assert [begins("harbour", one) for one in ("en", "de", "nl", "")] == ["Ahoy", "Guten", "Beste", "Beste"]
    assert [begins("acme", one) for one in ("en", "de", "nl", "")] == ["Dear", "Guten", "Dear", "Dear"]
    with pytest.raises(ConfigError):
        languages(["acme:nl"], words)
    with pytest.raises(ConfigError):
        fill(load, FOLDER, str(tmp_path / "nowhere"))


@pytest.mark.parametrize("entry", ["acme", "acme:xx", ":de"])
def test_a_tenants_language_without_words_stops_the_start(entry: str) -> None:
    with pytest.raises(ConfigError):
        languages([entry], WORDS)
