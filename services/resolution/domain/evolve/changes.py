"""What an event makes different: fields of Case by name, with their new values."""

from __future__ import annotations

from typing import Any, TypeAlias

Changes: TypeAlias = dict[str, Any]
