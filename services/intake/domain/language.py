"""Which language words are in, by the small words that every sentence has; only where they leave no doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.intake.domain.phrases import Token

# Two small words of one language, and clearly more than of the next.
_LEAST = 1.5
_AHEAD = 1.6
# A mail's first words show its language.
_READ = 40


class Languages:
    """Function words by language (BCP 47 primary subtag). A word that several share counts in shares."""

    def __init__(self, words: Mapping[str, Sequence[str]]) -> None:
        holders: dict[str, list[str]] = {}
        for language, listed in words.items():
            for word in dict.fromkeys(each.casefold() for each in listed):
                holders.setdefault(word, []).append(language)
        self._says = {word: tuple((one, 1.0 / len(all_)) for one in all_) for word, all_ in holders.items()}

    def guess(self, read: Sequence[Token]) -> str:
        """The language, "" when unsure: a wrong one would read a reply by the wrong rules."""
        scores: dict[str, float] = {}
        says = self._says
        for token in read[:_READ]:
            if token[0] in says:
                for language, share in says[token[0]]:
                    scores[language] = scores.get(language, 0.0) + share
        if not scores:
            return ""
        best = max(scores, key=scores.__getitem__)
        next_best = max((score for one, score in scores.items() if one != best), default=0.0)
        return best if scores[best] >= max(_LEAST, next_best * _AHEAD) else ""
