"""The model of the reply check: finds what no rule sees, keeps rules from stopping fair words, says why."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from services.resolution.adapters import data, pack_files
from services.resolution.app.rules import Rules
from services.resolution.domain.errors import BadData
from services.resolution.domain.events import Finding
from services.resolution.domain.replycheck import Pack, Reading, check, listen
from services.resolution.domain.replycheck.features import Lexicon, features
from services.resolution.domain.replycheck.model import Model, parse
from services.resolution.domain.replycheck.pack import BAD
from tests.replycheck.folds import folds
from tests.replycheck.labelled import read
from tests.replycheck.svm import learn

SHIPPED = data.HERE / "replycheck"


@pytest.fixture(params=["en", "de"])
def pack(rules: Rules, request: pytest.FixtureRequest) -> Pack:
    return rules.packs[request.param]


def found(text: str, pack: Pack) -> tuple[Finding, ...]:
    return check(Reading(text, "", "circle_back"), pack).findings


def by_rules(pack: Pack) -> Pack:
    return dataclasses.replace(pack, model=None)


def stops(text: str, pack: Pack) -> bool:
    return "error" in {each.severity for each in found(text, pack)}


def categories(text: str, pack: Pack) -> set[str]:
    return {each.category for each in found(text, pack)}


def test_the_model_warns_of_faults_that_no_rule_sees_and_never_stops_for_them(pack: Pack) -> None:
    known = [each for each in read("training") if each.language == pack.language and each.kind == "wrong"]
    rules = by_rules(pack)
    unruled = [each for each in known[::10] if not found(each.text, rules)]
    seen = [each for each in unruled if categories(each.text, pack) & each.expected]
    assert len(seen) > len(unruled) / 2
    assert {finding.severity for each in unruled for finding in found(each.text, pack)} == {"warning"}


def test_most_fair_words_that_rules_alone_would_stop_pass_with_the_model(pack: Pack) -> None:
    fair = [each for each in read("training") if each.language == pack.language and each.kind == "innocent"]
    rules = by_rules(pack)
    stopped = [each for each in fair if stops(each.text, rules)]
    assert len(stopped) >= 5
    assert sum(stops(each.text, pack) for each in stopped) < len(stopped) / 2


def test_what_only_the_model_found_has_its_place_its_words_and_what_weighed_most(rules: Rules) -> None:
    pack, alone = rules.packs["en"], by_rules(rules.packs["en"])
    unruled = next(
        each
        for each in read("training")
        if each.expected == {"blame_third_party"}
        and each.language == "en"
        and not found(each.text, alone)
        and found(each.text, pack)
    )
    text = f"Good morning. {unruled.text} I am sorry."
    (finding,) = found(text, pack)
    assert (finding.category, finding.severity) == ("blame_third_party", "warning")
    assert text[finding.start : finding.end] in unruled.text
    assert "Weighed most: " in finding.why
    assert finding.suggestion


def test_a_fault_in_live_speech_without_stops_does_not_drown(rules: Rules) -> None:
    aside = "let me just open your booking here and have a look at the dates for you one moment please "
    spoken = aside * 3 + "the courier lost it not us " + aside * 2
    assert "blame_third_party" in categories(spoken, rules.packs["en"])


def test_speech_is_read_by_the_same_model(rules: Rules) -> None:
    heard = listen("good morning maria", "the foundry delivered late", "Maria", rules.packs["en"])
    assert [each.category for each in heard.findings] == ["blame_third_party"]


def test_every_sentence_is_read_alike_in_a_text_and_alone(pack: Pack) -> None:
    for each in [one for one in read("training") if one.language == pack.language][::40]:
        alone = {(one.category, one.severity) for one in found(each.text, pack)}
        after = {(one.category, one.severity) for one in found(f"Maria.\n{each.text}", pack)}
        assert alone <= after, each.text


def test_families_are_whole_words_or_their_plural_and_in_german_also_parts() -> None:
    families = {"outs": ["bank", "kurier"]}
    assert Lexicon(families, stems=False).of("banks") == ("outs",)
    assert Lexicon(families, stems=False).of("kurierdienst") == ()
    assert Lexicon(families, stems=True).of("kurierdienst") == ("outs",)


def test_a_pair_of_families_is_a_feature_in_its_order() -> None:
    lexicon = Lexicon({"outs": ["bank"], "broke": ["lost"]}, stems=False)
    seen = {feature for feature, _, _ in features(["^", "the", "bank", "lost", "it", "$"], lexicon)}
    assert {"bank", "bank lost", "<outs>", "<outs><broke>", "the<outs>"} <= seen
    assert "<broke><outs>" not in seen


def test_the_weights_that_ship_were_learned_with_the_families_that_ship(pack: Pack) -> None:
    document = json.loads((SHIPPED / f"{pack.language}.weights.json").read_text(encoding="utf-8"))
    used = {part for row in document["weights"] for part in row.split("<")[1:] if row.startswith("<")}
    names = {part.split(">")[0] for part in used}
    assert names == set(pack.lexicon.names)


def test_a_folder_without_weights_is_read_by_its_rules_alone(tmp_path: Path) -> None:
    (tmp_path / "en.yaml").write_text((SHIPPED / "en.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    packs = pack_files.load(tmp_path, compiled=False)
    assert packs["en"].model is None
    assert categories("It was your own fault.", packs["en"]) == {"blame_customer"}


@pytest.mark.parametrize("broken", ["{", "[]", '{"weights": {"a": "OO"}}'])
def test_weights_that_cannot_be_used_are_refused(tmp_path: Path, broken: str) -> None:
    (tmp_path / "en.yaml").write_text((SHIPPED / "en.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "en.weights.json").write_text(broken, encoding="utf-8")
    with pytest.raises(BadData) as refused:
        pack_files.load(tmp_path, compiled=True)
    assert refused.value.rule == "bad_reply_model"


def test_a_model_needs_one_letter_per_category() -> None:
    numbers = {key: dict.fromkeys(BAD, 0.0) for key in ("steps", "bias", "narrow", "wide", "warns")}
    assert isinstance(parse({**numbers, "weights": {"a": "O" * 8}}, Lexicon({}, stems=False), BAD), Model)
    with pytest.raises(BadData):
        parse({**numbers, "weights": {"a": "O" * 7}}, Lexicon({}, stems=False), BAD)


def test_near_copies_are_measured_together() -> None:
    texts = ["The courier lost your parcel.", "The courier lost your parcel, Maria.", "Please wait outside."]
    parts = folds(texts, 1000)
    assert parts[0] == parts[1] != parts[2]


def test_what_can_be_parted_is_parted() -> None:
    rows = [[0, 1], [0, 2], [3, 1], [3, 2]]
    weights, bias = learn(rows, [True, True, False, False], 4, 10.0)
    assert [sum(weights[each] for each in row) + bias > 0 for row in rows] == [True, True, False, False]
