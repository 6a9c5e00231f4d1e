"""How input came, kept beside its bytes: enough to read it again, and nothing that lets anybody in.

Of the headers only the type and what signs are kept. A signature proves one body; a token or password that
a header carries proves every body, and stays out of the table: there it is kept that it held.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from services.intake.domain.records import Origin
from services.intake.domain.text import clean_line

_KEPT = re.compile(r"content-type|webhook-(?:id|timestamp|signature)|x-[a-z0-9-]*signature[a-z0-9-]*"
                   r"|x-twilio-email-event-webhook-timestamp|x-amz-sns-message-(?:type|id)")  # fmt: skip
_VALUE_LIMIT = 2_000
_URL_LIMIT = 4_000


def of_hook(path: str, url: str, headers: Mapping[str, str], *, verified: bool) -> Origin:
    """The origin of a request to a hook."""
    kept = {name: clean_line(value, _VALUE_LIMIT) for name, value in headers.items() if _is_kept(name)}
    return Origin(path, clean_line(url, _URL_LIMIT), kept, verified)


def of_mail(protocol: str, sender: str, recipients: Sequence[str]) -> Origin:
    """The origin of a mail; nobody signs one, so there is nothing to verify."""
    return Origin(
        protocol=protocol,
        sender=clean_line(sender, _VALUE_LIMIT),
        recipients=tuple(clean_line(one, _VALUE_LIMIT) for one in recipients),
        verified=True,
    )


@lru_cache(maxsize=1024)
def _is_kept(name: str) -> bool:
    return _KEPT.fullmatch(name) is not None


def as_json(origin: Origin | None) -> str | None:
    """For the column of raw_input."""
    return None if origin is None else msgspec.json.encode(origin).decode()


def from_column(value: Any) -> Origin | None:
    """The origin of a row; None when its sender was told and nobody reads it again."""
    return None if value is None else msgspec.convert(value, Origin)
