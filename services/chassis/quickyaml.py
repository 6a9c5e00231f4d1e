"""YAML of data files, read by libyaml where PyYAML was built with it: ten times faster than in Python."""

from __future__ import annotations

from typing import Any

import yaml

try:
    from yaml import CSafeLoader as Loader
except ImportError:  # PyYAML built without libyaml reads the same, slower
    from yaml import SafeLoader as Loader  # type: ignore[assignment]

__all__ = ["Loader", "load"]


def load(text: str) -> Any:
    """What a text holds, of plain values alone. Raises yaml.YAMLError."""
    return yaml.load(text, Loader)  # a safe loader, whichever it is
