"""The classification words, from their data file."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import yaml

from services.chassis.errors import ConfigError
from services.intake.domain.classify import Classifier
from services.intake.domain.records import Severity

_FILE = "classification.yaml"


def load_classifier(text: str | None = None) -> Classifier:
    """The classifier of `text`, by default of the file beside this module. Raises ConfigError for another
    shape.
    """
    read = text if text is not None else files(__package__).joinpath(_FILE).read_text(encoding="utf-8")
    data = yaml.safe_load(read)
    severities = {_severity(name): words for name, words in _words(data, "severity").items()}
    return Classifier(severities, _words(data, "category"))


def _words(data: Any, section: str) -> Mapping[str, list[str]]:
    found = data.get(section) if isinstance(data, dict) else None
    if not isinstance(found, dict) or not all(isinstance(words, list) for words in found.values()):
        raise ConfigError("bad_classification", f"{_FILE}: {section} must map names to lists of words")
    return {str(name): [str(word) for word in words] for name, words in found.items()}


def _severity(name: str) -> Severity:
    try:
        return Severity[name.upper()]
    except KeyError:
        raise ConfigError("bad_classification", f"{_FILE}: no severity is called {name}") from None
