"""Causes as a list of codes, a tenant's own or the one that ships: by its code a failure that comes back is
recognised, whatever words describe it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from services.resolution.domain.errors import BadCommand

CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
MOST = 200
LONGEST = 200


def demand_known(code: str, causes: Mapping[str, str]) -> None:
    """Raises BadCommand("unknown_cause_code") naming the codes there are; "" is no code."""
    if code and code not in causes:
        raise BadCommand(
            "unknown_cause_code", f"No cause has the code {code!r}.", {"codes": ",".join(sorted(causes))}
        )


def demand_list(causes: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Codes and titles as a list to keep. Raises BadCommand("bad_cause_code", "cause_title_missing",
    "cause_code_twice", "too_many_causes")."""
    if len(causes) > MOST:
        raise BadCommand("too_many_causes", f"{len(causes)} causes are too many.", {"max": str(MOST)})
    for code, title in causes:
        if not CODE.fullmatch(code) or len(code) > LONGEST:
            raise BadCommand(
                "bad_cause_code", f"{code!r} is not of small letters and digits, joined by hyphens."
            )
        if not title.strip() or len(title) > LONGEST:
            raise BadCommand(
                "cause_title_missing", f"{code} needs a title.", {"max_characters": str(LONGEST)}
            )
    kept = {code: title.strip() for code, title in causes}
    if len(kept) != len(causes):
        raise BadCommand("cause_code_twice", "A code is in the list twice.")
    return kept
