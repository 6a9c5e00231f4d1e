"""The mappings that data files hold."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from services.chassis import quickyaml
from services.resolution.domain.errors import BadData


def of_file(file: Path) -> Mapping[str, Any]:
    """The mapping that a file holds. Raises BadData("bad_yaml"), and OSError when it cannot be read."""
    return mapping(file.name, file.read_text(encoding="utf-8"))


def mapping(name: str, text: str) -> Mapping[str, Any]:
    """The mapping that a text holds, called `name` where it is wrong. Raises BadData("bad_yaml")."""
    try:
        document = quickyaml.load(text)
    except yaml.YAMLError as error:
        raise BadData("bad_yaml", f"{name}: {error}") from error
    if not isinstance(document, dict):
        raise BadData("bad_yaml", f"{name} is no mapping.")
    return document
