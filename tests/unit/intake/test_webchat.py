"""Sessions of a web chat and what is said in them; nobody speaks for another visitor, nor for us."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.errors import Rejected, Unauthenticated
from services.intake.adapters.accounts import ChannelAccount
from services.intake.adapters.channels import webchat
from services.intake.adapters.wordlists import load_classifier
from services.intake.domain.errors import BadSignature
from services.intake.domain.records import Channel
from tests.unit.intake.messaging import any_json

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
HERE = ChannelAccount("main", "webchat", "site", Channel.WEBCHAT)
THERE = ChannelAccount("other", "webchat", "site", Channel.WEBCHAT)
ID = UUID(int=7)


def test_a_session_is_its_visitors_also_while_the_secret_is_exchanged() -> None:
    token = webchat.issue(HERE, ID, NOW, ["old"])
    assert webchat.visitor_of(HERE, token, NOW, ["new", "old"]).key == ("main", "site", ID.hex)


@pytest.mark.parametrize(
    ("account", "secrets", "later", "rule"),
    [
        (THERE, ["s"], timedelta(0), "bad_session"),
        (HERE, ["guess"], timedelta(0), "bad_session"),
        (HERE, ["s"], webchat.SESSION_AGE, "session_ended"),
    ],
)
def test_a_session_of_elsewhere_of_nobody_or_of_the_past_is_none(
    account: ChannelAccount, secrets: list[str], later: timedelta, rule: str
) -> None:
    token = webchat.issue(HERE, ID, NOW, ["s"])
    with pytest.raises(Unauthenticated, match=rule):
        webchat.visitor_of(account, token, NOW + later, secrets)


@given(st.text(max_size=120))
def test_no_text_is_a_session(token: str) -> None:
    with pytest.raises(Unauthenticated):
        webchat.visitor_of(HERE, token, NOW, ["s"])


def test_a_sessions_proof_is_no_proof_of_a_line() -> None:
    told, _, proof = webchat.issue(HERE, ID, NOW, ["s"]).rpartition(".")
    with pytest.raises(BadSignature):
        webchat.check_line(HERE, told.encode(), proof, ["s"])


def test_a_visitors_words_are_one_conversation_and_one_message_per_id() -> None:
    visitor = webchat.Visitor("main", "site", ID.hex)
    body = json.dumps({"id": "m1", "text": "My bag is lost", "name": "Ana Silva"}).encode()
    said = webchat.convert(body, webchat.Said)
    word = webchat.read(said, body, visitor, load_classifier(), NOW, "bags")
    assert (word.source.event_id, word.occurred_at) == (f"{ID.hex}/m1", NOW)
    assert [one.identity for one in word.parties] == [("webchat", ID.hex)]
    assert (word.keys[0].scope, word.required_skill) == ("open:webchat:site", "bags")


@given(any_json(["id", "text", "name", "line_id", "visitor", "author"], ["m1", str(ID), ID.hex]))
def test_any_json_is_taken_or_refused_by_rule(document: object) -> None:
    for kind in (webchat.Said, webchat.Seen, webchat.Written):
        try:
            webchat.convert(json.dumps(document).encode(), kind)
        except Rejected as refused:
            rule = refused.rule
        else:
            rule = "bad_request"
        assert rule == "bad_request"
