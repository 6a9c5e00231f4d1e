"""format=flowed (RFC 3676): lines that a mail program broke on the way are one line again."""

from __future__ import annotations

import re

_QUOTED = re.compile(r"(>*)( ?)(.*)", re.DOTALL)


def unflow(text: str, *, delete_space: bool = False) -> str:
    """The text with soft breaks joined; quotes keep one mark per level, the signature line stays alone."""
    lines: list[str] = []
    open_at = -1  # quote depth of the line that goes on, -1 when none does
    for line in text.replace("\r\n", "\n").split("\n"):
        found = _QUOTED.fullmatch(line)
        depth, content = (len(found[1]), found[3]) if found else (0, line)
        goes_on = content.endswith(" ") and content != "-- "
        if goes_on and delete_space:
            content = content[:-1]
        if open_at == depth and content != "-- ":
            lines[-1] += content
        else:
            lines.append(f"{'>' * depth} {content}" if depth else content)
        open_at = depth if goes_on else -1
    return "\n".join(lines)
