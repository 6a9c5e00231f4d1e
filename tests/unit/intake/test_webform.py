"""What a form on a page becomes, who may send one, and how often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.errors import AmendsError, PermissionRefused, Rejected
from services.intake.adapters.accounts import ChannelAccount
from services.intake.adapters.browsers import Browsers, allowed_origin, network_of
from services.intake.adapters.channels import webform
from services.intake.adapters.channels.forms import PostedForm, Upload
from services.intake.adapters.wordlists import load_classifier
from services.intake.domain.errors import IntakeError, TooLarge
from services.intake.domain.rate import SenderRate
from services.intake.domain.records import Channel, CustomerWord
from tests.unit.intake.corpora import SAMPLES

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
CLASSIFIER = load_classifier()
SETTINGS = {"region": "GB", "origins": "https://a.example https://b.example:8443"}
ACCOUNT = ChannelAccount("main", "webform", "complaints", Channel.WEBFORM, SETTINGS)
GOOD = {"text": "The roof still leaks", "email": "Ana@Example.com", "name": "Ana Silva"}


def read(*files: Upload, at: datetime = NOW, **fields: str) -> CustomerWord:
    form = PostedForm({name: value.encode() for name, value in fields.items()}, files)
    return webform.read(form, ACCOUNT, CLASSIFIER, at)


def asked(peer: str = "192.0.2.1", **headers: str) -> dict[str, Any]:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "headers": raw, "client": (peer, 5)}


def test_a_form_is_a_complaint_of_one_customer_at_the_time_it_reached_us() -> None:
    word = read(**GOOD, subject="Roof", language="en-GB")
    assert [one.identity for one in word.parties] == [("email", "ana@example.com")]
    assert (word.first_name, word.subject, word.language) == ("Ana", "Roof", "en-GB")
    assert (word.occurred_at, word.suppressed_reason, word.keys, word.pointers) == (NOW, "", (), ())


def test_a_number_besides_an_address_is_told_and_merges_nobody() -> None:
    word = read(**GOOD, phone="020 7946 0871")
    assert len(word.parties) == 1
    assert word.text.endswith("Phone: +442079460871")
    alone = read(text="x", phone="020 7946 0871")
    assert alone.parties[0].identity == ("phone", "+442079460871")


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"text": " "}, "no_text"),
        ({"email": "nobody"}, "bad_email"),
        ({"phone": "call me"}, "bad_phone"),
        ({"email": ""}, "no_party"),
    ],
)
def test_a_field_that_is_wrong_is_named(fields: dict[str, str], rule: str) -> None:
    with pytest.raises(Rejected) as refused:
        read(**{**GOOD, **fields})
    assert refused.value.rule == rule


def test_a_filled_trap_is_kept_and_begins_no_case() -> None:
    assert read(**GOOD, website="http://spam.example").suppressed_reason == "honeypot"


def test_files_come_along_with_harmless_names_and_empty_fields_do_not() -> None:
    picture, nothing = (
        Upload("files", "../a\\b.png", "Image/PNG", b"%PDF-1.7\n"),
        Upload("files", "", "", b""),
    )
    (kept,) = read(picture, nothing, **GOOD).attachments
    assert (kept.name, kept.media_type, kept.size_bytes) == (".._a_b.png", "image/png", 9)
    assert kept.sniffed_type == "application/pdf"
    with pytest.raises(TooLarge):
        read(*[picture] * 11, **GOOD)


def test_a_second_click_is_the_same_and_the_same_words_another_day_are_not() -> None:
    first, again = read(**GOOD, captcha="one"), read(**GOOD, captcha="two")
    assert (first.source, first.fingerprint) == (again.source, again.fingerprint)
    assert read(**GOOD, at=NOW + timedelta(days=1)).source != first.source
    assert read(**{**GOOD, "text": "It leaks more"}).source != first.source


def test_a_submission_id_is_the_same_request_with_the_same_content() -> None:
    first, later = (
        read(**GOOD, submission_id="s1"),
        read(**GOOD, submission_id="s1", at=NOW + timedelta(days=9)),
    )
    assert (first.source, first.fingerprint) == (later.source, later.fingerprint)
    other = read(**{**GOOD, "text": "Something else"}, submission_id="s1")
    assert other.source == first.source
    assert other.fingerprint != first.fingerprint


NAMES = st.sampled_from(["text", "email", "phone", "name", "subject", "language", "submission_id", "website"])


@given(st.dictionaries(NAMES, st.binary(max_size=60)), st.lists(st.binary(max_size=9), max_size=3))
def test_a_form_of_any_bytes_is_read_or_refused_by_rule(fields: dict[str, bytes], files: list[bytes]) -> None:
    form = PostedForm(fields, tuple(Upload("f", name.decode("latin-1"), "", name) for name in files))
    try:
        word = webform.read(form, ACCOUNT, CLASSIFIER, NOW)
    except (IntakeError, AmendsError) as refused:
        rule = refused.rule
    else:
        rule = ""
        assert word.text
    assert rule in {"", "no_text", "bad_email", "bad_phone", "no_party", "bad_submission_id"}


# ------------------------------------------------------------------------------------------ browsers


@pytest.mark.parametrize(
    ("headers", "origin"),
    [
        ({"origin": "https://a.example"}, "https://a.example"),
        ({"origin": "https://b.example:8443", "referer": "https://evil.example/"}, "https://b.example:8443"),
        ({"referer": "https://a.example/complain?x=1"}, "https://a.example"),
    ],
)
def test_a_page_of_the_account_may_send(headers: dict[str, str], origin: str) -> None:
    assert allowed_origin(asked(**headers), ACCOUNT) == origin


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "null"},
        {"origin": "https://a.example.evil.example"},
        {"origin": "http://a.example"},
        {"origin": "https://b.example"},
        {"origin": "https://evil.example", "referer": "https://a.example/"},
        {"referer": "https://[broken"},
    ],
)
def test_any_other_page_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(PermissionRefused, match="origin_refused"):
        allowed_origin(asked(**headers), ACCOUNT)


def test_an_account_without_origins_takes_nothing() -> None:
    with pytest.raises(PermissionRefused):
        allowed_origin(asked(origin=""), ChannelAccount("main", "webform", "x", Channel.WEBFORM))


def test_one_address_is_stopped_and_another_is_not_and_later_it_may_again() -> None:
    browsers = Browsers(SenderRate(2, 60.0), 0)
    assert [browsers.allow(asked(), ACCOUNT, NOW) for _ in range(3)] == [True, True, False]
    assert browsers.allow(asked("192.0.2.2"), ACCOUNT, NOW)
    assert browsers.allow(asked(), ACCOUNT, NOW + timedelta(seconds=30))


def test_the_visitor_is_whom_our_outermost_proxy_saw_and_not_whom_the_visitor_claims_to_be() -> None:
    claimed = asked("10.0.0.1", x_forwarded_for="203.0.113.9, 198.51.100.7, 10.0.0.2")
    assert Browsers(SenderRate(1, 1.0), 2).address(claimed) == "198.51.100.7"
    assert Browsers(SenderRate(1, 1.0), 0).address(claimed) == "10.0.0.1"
    assert Browsers(SenderRate(1, 1.0), 4).address(claimed) == "10.0.0.1"


def test_a_network_of_ipv6_counts_as_one_visitor() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff") != network_of("2001:db8:0:1::1")
    assert network_of("no address") == "no address"


# ------------------------------------------------------------------------------------------ the sample


def test_the_sample_form_is_labelled_and_sends_the_fields_that_are_read() -> None:
    found: dict[str, list[dict[str, str | None]]] = {}
    labelled: list[bool] = []

    class Page(HTMLParser):
        inside = 0

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            told = dict(attrs)
            found.setdefault(tag, []).append(told)
            self.inside += tag == "label"
            if tag in ("input", "textarea") and told.get("type") != "hidden":
                labelled.append(self.inside > 0)

        def handle_endtag(self, tag: str) -> None:
            self.inside -= tag == "label"

    Page().feed((SAMPLES / "web" / "form.html").read_text())
    names = {one["name"] for tag in ("input", "textarea") for one in found[tag]}
    assert names == {"name", "email", "phone", "subject", "text", "files", "language", webform.HONEYPOT}
    assert all(labelled)
    assert found["form"][0]["enctype"] == "multipart/form-data"
