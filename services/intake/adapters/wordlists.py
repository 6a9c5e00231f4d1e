"""The words and weights of assessment, from the data files beside this module."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from services.chassis import quickyaml
from services.chassis.errors import ConfigError
from services.intake.domain.assessment import Severity
from services.intake.domain.classify import Classifier, Rules
from services.intake.domain.linear import Model

_FILE = "classification.yaml"
MODEL_FILE = "assessment.tsv"


def load_classifier(text: str | None = None, model: str | None = None) -> Classifier:
    """The classifier of `text` and `model`, by default of the files beside this module; `model` may be "" for
    none. Raises ConfigError for another shape.
    """
    data = quickyaml.load(_shipped(_FILE) if text is None else text)
    if not isinstance(data, dict):
        raise _bad("the file must map sections to words")
    rules = Rules(
        severities={
            _severity(level): _words(grounds, f"severity.{level}")
            for level, grounds in _mapping(data.get("severity"), "severity").items()
        },
        topics=_words(data.get("category"), "category"),
        emotions=_words(data.get("emotion", {}), "emotion"),
        cues=_words(data.get("cue", {}), "cue"),
        denials=_list(data.get("denials", []), "denials"),
        harmless=_list(data.get("harmless", []), "harmless"),
        languages=_words(data.get("language", {}), "language"),
        query_needs=_list(data.get("query_needs", []), "query_needs"),
        query_never=_list(data.get("query_never", []), "query_never"),
        query_below=_share(data, "query_below", 0.0),
        large_sum=_number(data, "large_sum", 1_000.0),
    )
    return Classifier(rules, read_model(_shipped(MODEL_FILE) if model is None else model))


def read_model(text: str) -> Model:
    """The model of a weights file: `feature <tab> weight` per line. Raises ConfigError."""
    version, bias = "", 0.0
    weights: dict[str, float] = {}
    for line in text.splitlines():
        name, _, value = line.partition("\t")
        try:
            match name:
                case "#version":
                    version = value
                case "#bias":
                    bias = float(value)
                case _ if name and not name.startswith("#!"):
                    weights[name] = float(value)
        except ValueError as error:
            raise ConfigError("bad_model", f"{MODEL_FILE}: cannot read {line[:60]!r}") from error
    return Model(version, bias, weights)


def _shipped(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _bad(why: str) -> ConfigError:
    return ConfigError("bad_classification", f"{_FILE}: {why}")


def _mapping(found: Any, section: str) -> Mapping[str, Any]:
    if not isinstance(found, dict):
        raise _bad(f"{section} must map names to lists of words")
    return {str(name): value for name, value in found.items()}


def _words(found: Any, section: str) -> Mapping[str, list[str]]:
    return {name: _list(words, f"{section}.{name}") for name, words in _mapping(found, section).items()}


def _list(words: Any, section: str) -> list[str]:
    # "no" and "on" without quotes are truth values in YAML 1.1, and would be lost without a word.
    if not isinstance(words, list) or not all(isinstance(word, str | int) for word in words):
        raise _bad(f"{section} must be a list of words")
    if wrong := [word for word in words if isinstance(word, bool)]:
        raise _bad(f"{section}: quote {wrong[0]!r}, it is a word")
    return [str(word) for word in words]


def _number(data: Mapping[str, Any], name: str, default: float) -> float:
    value = data.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise _bad(f"{name} must be a number, at least 0")
    return float(value)


def _share(data: Mapping[str, Any], name: str, default: float) -> float:
    value = _number(data, name, default)
    if value > 1:
        raise _bad(f"{name} must be between 0 and 1")
    return value


def _severity(name: str) -> Severity:
    try:
        return Severity[name.upper()]
    except KeyError:
        raise _bad(f"no severity is called {name}") from None
