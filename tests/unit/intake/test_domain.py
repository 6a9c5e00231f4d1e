"""The pure rules of intake: names, suppression, rates, identity, tokens, classification."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from services.intake.adapters.channels.contact import caller, email_address, phone_number
from services.intake.adapters.wordlists import load_classifier
from services.intake.domain.identity import (
    PartyKey,
    Seen,
    another_person,
    evidence,
    parties_back,
    plan,
    without_others,
)
from services.intake.domain.rate import SenderRate
from services.intake.domain.records import Party, Pointer
from services.intake.domain.text import clean_line, clean_text, first_name
from services.intake.domain.threading import (
    mac_of,
    mail_keys,
    message_ids,
    plain_address,
    proven_first,
    reference_pointers,
    tag_of,
    tag_pointers,
    token_pointers,
)
from tests.unit.intake.corpora import SAMPLES

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CASE = UUID("01930000-0000-7000-8000-0000000000aa")


@pytest.mark.parametrize(
    ("full", "first"),
    [
        ("Ada Lovelace", "Ada"),
        ("Lovelace, Ada", "Ada"),
        ("Dr. Ada Lovelace", "Ada"),
        ("Mr J. Smith", "Smith"),
        ("Jean-Luc Perrault", "Jean-Luc"),
        ("Олена Шевченко", "Олена"),
        ("", ""),
        ("42", ""),
    ],
)
def test_the_first_name_is_the_one_to_say(full: str, first: str) -> None:
    assert first_name(full) == first


@given(st.text())
def test_cleaned_text_has_no_control_characters_and_can_be_stored(text: str) -> None:
    line = clean_line(text)
    assert "\n" not in line
    assert clean_line(line) == line
    for cleaned in (line, clean_text(text)):
        assert "\0" not in cleaned
        cleaned.encode("utf-8")


@pytest.mark.parametrize(
    ("given_number", "region", "expected"),
    [
        ("+44 20 7946 0123", None, "+442079460123"),
        ("+442079460123", None, "+442079460123"),
        ("020 7946 0123", "GB", "+442079460123"),
        ("020 7946 0123", None, ""),
        ("call me", None, ""),
        ("", None, ""),
    ],
)
def test_numbers_have_one_form(given_number: str, region: str | None, expected: str) -> None:
    assert phone_number(given_number, region) == expected


def test_addresses_have_one_form() -> None:
    assert email_address(" Ada@Example.ORG ") == "ada@example.org"
    assert [email_address(one) for one in ("ada", "a b@c", "a@b\r\nBcc: x@y", "@")] == [""] * 4


def test_a_whatsapp_id_is_the_phone_number_it_is_made_from() -> None:
    assert Party("whatsapp", "+44770").identity == Party("phone", "+44770").identity
    assert caller("client:Ada", "CA1").identity == ("handle", "client:ada")
    assert caller("anonymous", "CA1") != caller("anonymous", "CA2")


# ------------------------------------------------------------------------------------------ threading


@given(st.uuids(), st.text(min_size=1, max_size=20))
def test_a_token_holds_for_its_case_and_secret_only(case_id: UUID, secret: str) -> None:
    address = f"care+c.{case_id}.{mac_of(case_id, secret)}@harbour.example"
    assert list(token_pointers([address.upper(), "x@y"], ["other", secret])) == [Pointer("token", case_id)]
    assert list(token_pointers([address], [f"{secret}!"])) == []
    other = UUID(int=case_id.int ^ 1)
    assert list(token_pointers([address.replace(str(case_id), str(other))], [secret])) == []


def test_references_name_cases_newest_first() -> None:
    older = UUID("01930000-0000-7000-8000-0000000000bb")
    ids = message_ids("", f"<c.{older}.m.1@x> <theirs@y> <c.{CASE}.m.2@x>")
    assert [pointer.case_id for pointer in reference_pointers(ids)] == [CASE, older]


def test_in_reply_to_counts_before_references() -> None:
    assert message_ids("<reply@x>", "<old@x> <newer@x> <reply@x>") == ["reply@x", "newer@x", "old@x"]


@given(st.text(max_size=300))
def test_any_header_names_at_most_a_few_threads(text: str) -> None:
    ids = message_ids(text, text)
    assert len(ids) <= 20
    assert len(mail_keys("own@x", ids)) <= 5
    list(reference_pointers(ids))
    list(tag_pointers(text))


def test_a_subject_tag_is_the_random_end_of_the_case_id() -> None:
    assert list(tag_pointers(f"Re: [#C-{tag_of(CASE).upper()}] Roof")) == [
        Pointer("subject_tag", tag=tag_of(CASE))
    ]


def test_proof_counts_by_its_strength_whatever_the_order() -> None:
    kinds = [Pointer("references", CASE), Pointer("token", CASE), Pointer("case", CASE)]
    for order in permutations([Pointer("subject_tag", tag="a"), *kinds]):
        assert [one.threaded_by for one in proven_first(order)] == ["case", "token", "references"]


def test_a_plus_part_does_not_change_whose_address_it_is() -> None:
    assert plain_address("Care+C.1.2@Harbour.Example") == "care@harbour.example"


# ------------------------------------------------------------------------------------------ identity

PARTIES = st.sampled_from([("t", "phone", str(number)) for number in range(6)])
SEEN = st.lists(st.lists(PARTIES, min_size=1, max_size=3, unique=True), min_size=1, max_size=8)


@given(SEEN, st.dictionaries(PARTIES, st.integers(1, 4)))
@example(
    [[("t", "phone", "1"), ("t", "phone", "2")], [("t", "phone", "3"), ("t", "phone", "4")]],
    {("t", "phone", str(number)): number for number in range(1, 5)},
)
def test_parties_seen_together_are_one_customer_whatever_the_order(
    groups: list[list[tuple[str, str, str]]], links: dict[tuple[str, str, str], int]
) -> None:
    seen = [Seen(tuple(parties), UUID(int=100 + number)) for number, parties in enumerate(groups)]
    asked = {party for one in seen for party in one.parties}
    known = {party: UUID(int=number) for party, number in links.items() if party in asked}
    planned = plan(seen, known)
    for one in seen:
        assert len({planned.customer_of[party] for party in one.parties}) == 1
    gone = {merge.gone: merge.stays for merge in planned.merges}
    for party, customer in known.items():
        assert planned.customer_of[party] == gone.get(customer, customer)
    assert all(stays < lost for lost, stays in gone.items())
    assert plan(list(reversed(seen)), known) == planned
    # Afterwards everything is known, and planning again changes nothing.
    again = plan(seen, planned.customer_of)
    assert (again.unknown, again.merges) == ((), ())


@given(
    SEEN,
    st.dictionaries(PARTIES, st.integers(1, 4)),
    st.sets(st.tuples(st.integers(1, 4), st.integers(1, 4))),
)
def test_no_evidence_makes_one_of_two_who_were_parted_whatever_the_order(
    groups: list[list[tuple[str, str, str]]],
    links: dict[tuple[str, str, str], int],
    parted: set[tuple[int, int]],
) -> None:
    seen = [Seen(tuple(parties), UUID(int=100 + number)) for number, parties in enumerate(groups)]
    asked = {party for one in seen for party in one.parties}
    known = {party: UUID(int=number) for party, number in links.items() if party in asked}
    apart = {
        (UUID(int=each), UUID(int=other))
        for one, two in parted
        if one != two
        for each, other in ((one, two), (two, one))
    }
    planned = plan(seen, known, apart)
    gone = {merge.gone: merge.stays for merge in planned.merges}
    assert not set(gone.items()) & apart
    for one, two in apart:
        if one in known.values() and two in known.values():
            assert gone.get(one, one) != gone.get(two, two)
    assert planned.customer_of.keys() == asked
    assert plan(list(reversed(seen)), known, apart) == planned
    # From whom one of them was parted, all who are one now are.
    kept = {(gone.get(one, one), gone.get(two, two)) for one, two in apart}
    again = plan(seen, planned.customer_of, kept)
    assert (again.unknown, again.merges) == ((), ())


@given(st.sets(PARTIES), st.sets(PARTIES), st.sets(PARTIES))
def test_a_merge_that_is_taken_back_gives_back_the_parties_that_had_led_there(
    ours: set[tuple[str, str, str]], theirs: set[tuple[str, str, str]], later: set[tuple[str, str, str]]
) -> None:
    survivors, since = theirs - ours, later - theirs - ours
    together = ours | survivors | since
    assert set(parties_back(ours, (), together)) == ours
    assert set(parties_back(ours, since, together)) == ours | since
    assert parties_back(ours, since, together - ours - since) == ()


def test_a_shared_mailbox_makes_nobody_one_person() -> None:
    office, ada, bob = (("a", "email", "info@firm.example"), ("a", "phone", "+441"), ("a", "phone", "+442"))
    assert evidence([ada, office, ("a", "crm", "7")]) == (ada, ("a", "crm", "7"))
    assert evidence([office, ada]) == (office,)
    assert evidence([("a", "email", "info.desk@x.example"), ada])[1:] == (ada,)
    seen = [
        Seen(evidence(parties), UUID(int=n + 1)) for n, parties in enumerate([(ada, office), (bob, office)])
    ]
    assert plan(seen, {}).customer_of == {ada: UUID(int=1), bob: UUID(int=2)}


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("Ada Lovelace", "William Lovelace", True),
        ("Ada Lovelace", "Charles Babbage", True),
        ("Ada Lovelace", "LOVELACE ADA", False),
        ("Ada Lovelace", "Lovelace, Ada", False),
        ("Ada Byron", "Ada Lovelace", False),
        ("Anna-Maria Ruiz", "María Ruiz", False),
        ("A. Lovelace", "Ada Lovelace", False),
        ("Mr Lovelace", "Ada Lovelace", False),
        ("Harbour Ltd", "Ada Lovelace", False),
        ("", "Ada Lovelace", False),
    ],
)
def test_two_names_are_two_peoples_only_if_no_first_name_fits(one: str, other: str, apart: bool) -> None:
    assert another_person(one, other) == another_person(other, one) == apart
    assert not another_person(one, one)


PHONE, HERS, HIS = ("t", "phone", "+44"), ("t", "email", "ada@x"), ("t", "email", "william@x")
ADA, WILLIAM = "Ada Lovelace", "William Lovelace"


def kept(parties: tuple[PartyKey, ...], name: str, name_of: dict[PartyKey, str]) -> tuple[PartyKey, ...]:
    return without_others([Seen(parties, UUID(int=1), name)], name_of)[0].parties


def test_the_telephone_of_a_household_stays_with_whom_it_leads_to() -> None:
    assert kept((HIS, PHONE), WILLIAM, {PHONE: ADA}) == (HIS,)
    assert kept((HIS, PHONE), "", {PHONE: ADA, HIS: WILLIAM}) == (HIS,)
    assert kept((HERS, PHONE), ADA, {PHONE: "LOVELACE ADA"}) == (HERS, PHONE)
    assert kept((HERS, PHONE), ADA, {PHONE: ""}) == (HERS, PHONE)
    both = [Seen((HERS, PHONE), UUID(int=1), ADA), Seen((HIS, PHONE), UUID(int=2), WILLIAM)]
    assert [one.parties for one in without_others(both, {PHONE: ADA})] == [(HERS, PHONE), (HIS,)]


def test_a_telephone_that_two_people_name_at_once_is_nobodys() -> None:
    both = [Seen((HERS, PHONE), UUID(int=1), ADA), Seen((HIS, PHONE), UUID(int=2), WILLIAM)]
    assert [one.parties for one in without_others(both, {})] == [(HERS,), (HIS,)]


def test_who_gives_no_name_makes_one_of_nobody_who_has_another() -> None:
    chat = ("t", "handle", "guest")
    assert kept((chat, HERS, HIS), "", {HERS: ADA, HIS: WILLIAM}) == (chat,)
    assert kept((chat, HERS, PHONE), "", {HERS: ADA, PHONE: ""}) == (chat, HERS, PHONE)


def test_who_writes_from_anothers_mailbox_names_nothing_of_the_owners() -> None:
    assert kept((HERS, PHONE), WILLIAM, {HERS: ADA}) == (HERS,)


def test_what_a_crm_says_is_believed_whatever_the_name() -> None:
    crm = ("t", "crm", "77")
    assert kept((HIS, crm, PHONE), WILLIAM, {crm: ADA, PHONE: ADA}) == (HIS, crm)


NAMES = st.sampled_from(["", ADA, WILLIAM, "Lovelace, Ada", "Mary"])


@given(
    st.lists(
        st.tuples(st.lists(PARTIES, min_size=1, max_size=3, unique=True), NAMES), min_size=1, max_size=6
    ),
    st.dictionaries(PARTIES, st.tuples(st.integers(1, 4), NAMES)),
)
def test_no_record_makes_one_of_two_people_of_different_names_whatever_the_order(
    records: list[tuple[list[PartyKey], str]], links: dict[PartyKey, tuple[int, str]]
) -> None:
    told = [Seen(tuple(parties), UUID(int=100 + n), name) for n, (parties, name) in enumerate(records)]
    # a customer has one name
    name_by = dict(links.values())
    known = {party: UUID(int=customer) for party, (customer, _) in links.items()}
    name_of = {party: name_by[customer] for party, (customer, _) in links.items()}
    seen = without_others(told, name_of)
    assert list(reversed(without_others(list(reversed(told)), name_of))) == seen
    for one, was in zip(seen, told, strict=True):
        assert one.parties[0] == was.parties[0]
        assert set(one.parties) <= set(was.parties)
        if len(one.parties) > 1:
            names = [was.name, *(name_of.get(party, "") for party in one.parties)]
            assert not any(another_person(first, second) for first in names for second in names)
    assert plan(seen, known).merges == plan(list(reversed(seen)), known).merges


def test_nothing_is_shared_between_tenants() -> None:
    seen = [Seen((("a", "phone", "1"),), UUID(int=1)), Seen((("b", "phone", "1"),), UUID(int=2))]
    assert len(set(plan(seen, {}).customer_of.values())) == 2


# ------------------------------------------------------------------------------------------ rate


def test_a_sender_begins_so_many_cases_per_window_and_then_none() -> None:
    rate = SenderRate(3, 60)
    assert [rate.take("t", "a", NOW) for _ in range(5)] == [True, True, True, False, False]
    assert rate.take("t", "b", NOW)
    assert rate.take("other", "a", NOW)
    assert rate.take("t", "a", NOW + timedelta(seconds=20))
    assert not rate.take("t", "a", NOW + timedelta(seconds=20))


def test_no_limit_limits_nothing() -> None:
    assert all(SenderRate(0, 60).take("t", "a", NOW) for _ in range(1000))


@given(st.lists(st.integers(0, 50), max_size=60))
def test_never_more_than_the_limit_and_what_drained(gaps: list[int]) -> None:
    rate, now, taken = SenderRate(5, 100), NOW, 0
    for gap in gaps:
        now += timedelta(seconds=gap)
        taken += rate.take("t", "a", now)
    assert taken <= 5 + (now - NOW).total_seconds() * 5 / 100 + 1e-6


# ------------------------------------------------------------------------------------------ classification


def written() -> list[dict[str, object]]:
    entries = yaml.safe_load((SAMPLES / "complaints.yaml").read_text(encoding="utf-8"))["complaints"]
    return [entry for entry in entries if entry["channel"] != "phone"]


@pytest.mark.parametrize("entry", written(), ids=lambda entry: str(entry["id"]))
def test_the_words_of_the_samples_say_what_they_say(entry: dict[str, object]) -> None:
    judged = load_classifier().judge(str(entry.get("subject", "")), str(entry["text"]))
    assert {"severity": judged.severity.name.lower(), "category": judged.topic} == entry["expect"]


def test_the_samples_hold_two_dozen_complaints_on_every_channel() -> None:
    entries = yaml.safe_load((SAMPLES / "complaints.yaml").read_text(encoding="utf-8"))["complaints"]
    assert len(entries) >= 24
    assert {entry["channel"] for entry in entries} == {
        "rest",
        "phone",
        "email",
        "sms",
        "whatsapp",
        "messenger",
    }
    assert len({entry["id"] for entry in entries}) == len(entries)
