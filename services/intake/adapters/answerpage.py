"""The HTML of the page for a customer's answer: one plain form, no script, readable on any telephone and by a
screen reader. The words are in answerpage.yaml."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from importlib.resources import files

import yaml
from starlette.responses import Response

from services.intake.adapters.channels.answer import COMMENT_LIMIT, SCALES, SOLVED, VERDICTS

LANGUAGES = ("en", "de")
_STYLE = (
    "body{font:1.1em/1.5 sans-serif;max-width:34em;margin:2em auto;padding:0 1em}"
    "fieldset{border:0;margin:0 0 1.2em;padding:0}legend,.ask{font-weight:bold;padding:0}"
    "label{display:block;padding:.2em 0}.row label{display:inline-block;padding:.2em .5em .2em 0}"
    "textarea{width:100%;font:inherit}button{font:inherit;padding:.5em 1.5em}.missing{color:#a00}"
)
_HASH = base64.b64encode(sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "content-security-policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "x-robots-tag": "noindex, nofollow",
}


def language_of(wished: str) -> str:
    """The first language of an Accept-Language header that we have, else English. What is weighed lower by
    the browser also stands further back."""
    for one in wished.split(",")[:20]:
        language = one.partition(";")[0].strip().lower().partition("-")[0]
        if language in LANGUAGES:
            return language
    return LANGUAGES[0]


@dataclass(frozen=True, slots=True)
class Pages:
    """The words by language."""

    words: Mapping[str, Mapping[str, str]]

    @classmethod
    def load(cls) -> Pages:
        """From the file beside this module."""
        text = files(__package__).joinpath("answerpage.yaml").read_text(encoding="utf-8")
        told = yaml.safe_load(text)
        return cls({language: told[language] for language in LANGUAGES})

    def form(self, status: int, language: str, *, missing: bool = False) -> Response:
        """The questions; with `missing` it says that the first one was not answered."""
        words = {name: escape(text) for name, text in self.words[language].items()}
        notice = f'<p class="missing" role="alert">{words["missing"]}</p>' if missing else ""
        asked = [
            _choice("solved", words["question"], {one: words[one] for one in SOLVED}, needed=True),
            _choice("verdict", words["expectations"], {one: words[one] for one in VERDICTS}),
            *(_scale(name, words[name], *ends) for name, ends in SCALES.items()),
            f'<p><label class="ask" for="comment">{words["comment"]} {words["optional"]}</label>'
            f'<textarea id="comment" name="comment" rows="4" maxlength="{COMMENT_LIMIT}"></textarea></p>',
        ]
        body = f'{notice}<form method="post">{"".join(asked)}<button>{words["send"]}</button></form>'
        return _page(status, language, words["title"], body)

    def message(self, status: int, what: str, language: str) -> Response:
        """One sentence: what became of the answer, or why there is none to give."""
        words = self.words[language]
        return _page(status, language, escape(words["title"]), f'<p role="status">{escape(words[what])}</p>')


def _choice(name: str, asked: str, choices: Mapping[str, str], *, needed: bool = False) -> str:
    must = " required" if needed else ""
    told = [
        f'<label><input type="radio" name="{name}" value="{value}"{must}> {text}</label>'
        for value, text in choices.items()
    ]
    return f"<fieldset><legend>{asked}</legend>{''.join(told)}</fieldset>"


def _scale(name: str, asked: str, least: int, most: int) -> str:
    told = [
        f'<label><input type="radio" name="{name}" value="{one}"> {one}</label>'
        for one in range(least, most + 1)
    ]
    return f'<fieldset class="row"><legend>{asked}</legend>{"".join(told)}</fieldset>'


def _page(status: int, language: str, title: str, body: str) -> Response:
    html = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><main><h1>{title}</h1>{body}</main></body></html>"
    )
    return Response(html, status, _HEADERS, "text/html; charset=utf-8")
