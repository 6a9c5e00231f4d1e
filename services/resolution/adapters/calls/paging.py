"""Pages of a list: how long one is, and tokens that say where the next begins."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import Message

from services.chassis import rpc
from services.resolution.adapters.calls.tokens import sealed, unsealed

_AND = "\0"  # stands in no id


class Page:
    """What a list request asks for. Raises BadCommand("bad_page_token")."""

    def __init__(self, request: Any, *, usual: int, most: int) -> None:
        self.size = min(request.page_size or usual, most)
        self._question = _question(request)
        token = request.page_token
        self.after = unsealed(self._question, token, "page_token") if token else ""
        """What the page begins behind; "" is the beginning."""

    def after_pair(self) -> tuple[str, str]:
        """The same for a list ordered by two columns."""
        first, _, second = self.after.partition(_AND)
        return first, second

    def following(self, listed: int, *last: str) -> str:
        """The token behind `last`, the columns of the list's order; "" when fewer were `listed` than fit, so
        that there is no more."""
        return sealed(self._question, _AND.join(last)) if listed == self.size else ""


def _question(request: Message) -> bytes:
    """Everything but the page: which list, whose, and its filters."""
    asked = type(request)()
    asked.CopyFrom(request)
    for name in ("page_token", "page_size"):
        asked.ClearField(name)
    kind = f"{request.DESCRIPTOR.full_name}\0{rpc.principal().tenant_id}\0"
    return kind.encode() + asked.SerializeToString(deterministic=True)
