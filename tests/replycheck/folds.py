"""Parts of the labelled sentences such that near copies are in the same one: what is measured on one part was
not seen, nearly word by word, in the others."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from zlib import crc32

NEAR = 0.55
"""Of all words in two sentences, the share in both from which on they stay together."""


def folds(texts: Sequence[str], parts: int) -> list[int]:
    """The part of each text, 0 to `parts` - 1; the same for the same texts, always."""
    leaders = list(range(len(texts)))

    def leader(at: int) -> int:
        while leaders[at] != at:
            leaders[at] = at = leaders[leaders[at]]
        return at

    words = [set(re.findall(r"[\w']+", text.casefold())) for text in texts]
    having: dict[str, list[int]] = defaultdict(list)
    for at, own in enumerate(words):
        shared: Counter[int] = Counter()
        for word in own:
            shared.update(having[word])
            having[word].append(at)
        for other, both in shared.items():
            if both > NEAR * (len(own) + len(words[other]) - both):
                leaders[leader(at)] = leader(other)
    return [crc32(texts[leader(at)].encode()) % parts for at in range(len(texts))]
