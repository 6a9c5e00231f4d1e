"""Signatures: published examples where there are any, both modes, rotation, and what must not pass."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.adapters.accounts import ChannelAccount, Secret
from services.intake.adapters.signatures import check_line, check_meta, check_twilio, check_viber, check_x
from services.intake.domain.errors import BadSignature
from services.intake.domain.records import Channel
from tests.unit.intake.corpora import CORPUS

URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
    ("Caller", "+14158675309"),
]
PUBLISHED = "RSOYDt4T1cUTdK1PDd93/VVr8B8="  # the example of Twilio's own documentation, auth token 12345


def token(secret: str) -> list[Secret]:
    return [Secret("auth_token", secret)]


def signed(key: str, url: str, form: list[tuple[str, str]], algorithm: Any = hashlib.sha1) -> str:
    """Computed here by the words of the documentation, not by the library under test."""
    values: dict[str, set[str]] = {}
    for name, value in form:
        values.setdefault(name, set()).add(value)
    text = url + "".join(name + value for name in sorted(values) for value in sorted(values[name]))
    return base64.b64encode(hmac.new(key.encode(), text.encode(), algorithm).digest()).decode()


def test_twilios_published_example_passes() -> None:
    check_twilio(token("12345"), URL, FORM, b"", PUBLISHED, "")


@pytest.mark.parametrize(
    ("url", "form", "signature", "secret"),
    [
        (URL, [*FORM[:1], ("Digits", "1235"), *FORM[2:]], PUBLISHED, "12345"),
        (URL, [*FORM, ("Extra", "")], PUBLISHED, "12345"),
        (URL.replace("bar=2", "bar=3"), FORM, PUBLISHED, "12345"),
        (URL, FORM, PUBLISHED, "12346"),
        (URL, FORM, "", "12345"),
        (URL, FORM, "é" * 28, "12345"),
    ],
    ids=["a digit", "a field", "the query", "the token", "nothing", "no base64"],
)
def test_a_changed_request_fails(url: str, form: list[tuple[str, str]], signature: str, secret: str) -> None:
    with pytest.raises(BadSignature):
        check_twilio(token(secret), url, form, b"", signature, "")


def test_either_of_two_secrets_signs_while_one_is_rotated_in() -> None:
    check_twilio([*token("new"), *token("12345")], URL, FORM, b"", PUBLISHED, "")


def test_the_port_may_or_may_not_be_part_of_the_url() -> None:
    with_port = URL.replace("mycompany.com", "mycompany.com:443")
    check_twilio(token("k"), URL, FORM, b"", signed("k", with_port, FORM), "")
    check_twilio(token("k"), with_port, FORM, b"", signed("k", URL, FORM), "")


def test_repeated_and_empty_fields_and_white_space_are_signed_too() -> None:
    form = [("Body", "  two  words "), ("Body", "again"), ("Empty", "")]
    check_twilio(token("k"), URL, form, b"", signed("k", URL, form), "")


def test_a_shared_key_signs_in_its_own_mode_only() -> None:
    secrets = [Secret("shared_key", "shared", "key-1"), Secret("auth_token", "shared")]
    settings = "key=key-1,algorithm=HMAC_SHA256"
    signature = signed("shared", URL, FORM, hashlib.sha256)
    check_twilio(secrets, URL, FORM, b"", signature, settings)
    for wrong in ("", "key=key-2,algorithm=HMAC_SHA256", "key=key-1,algorithm=HMAC_MD5", "key=key-1"):
        with pytest.raises(BadSignature):
            check_twilio(secrets[:1] if "key-2" in wrong else secrets, URL, FORM, b"", signature, wrong)


def test_a_json_body_is_bound_by_its_hash_in_the_url() -> None:
    body = b'{"a": 1}'
    url = f"https://x.example/hook?bodySHA256={hashlib.sha256(body).hexdigest()}"
    check_twilio(token("k"), url, None, body, signed("k", url, []), "")
    with pytest.raises(BadSignature):
        check_twilio(token("k"), url, None, body + b" ", signed("k", url, []), "")
    bare = "https://x.example/hook"
    with pytest.raises(BadSignature):
        check_twilio(token("k"), bare, None, body, signed("k", bare, []), "")


def meta(secret: str, body: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@given(st.binary(max_size=200), st.binary(min_size=1, max_size=20))
def test_metas_signature_is_over_the_raw_bytes(body: bytes, change: bytes) -> None:
    secrets = [Secret("app_secret", "new"), Secret("app_secret", "old")]
    check_meta(secrets, body, meta("old", body))
    for wrong in (meta("other", body), meta("old", body + change), meta("old", body)[7:], "", "sha1=00"):
        with pytest.raises(BadSignature):
            check_meta(secrets, body, wrong)


@pytest.mark.parametrize("more", ["!", " ", "=", "AAAA", "\n", "\x00", ",x"])
def test_a_signature_with_trailing_bytes_is_none(more: str) -> None:
    body, secret = b"body", "secret"
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    coded = base64.b64encode(digest).decode()
    accounts = {"a": ChannelAccount("t", "viber", "a", Channel.VIBER, {}, (Secret("auth_token", secret),))}
    signers: list[tuple[Callable[[str], object], str]] = [
        (lambda given: check_twilio(token("12345"), URL, FORM, b"", given, ""), PUBLISHED),
        (lambda given: check_meta([Secret("app_secret", secret)], body, given), meta(secret, body)),
        (lambda given: check_line([Secret("channel_secret", secret)], body, given), coded),
        (lambda given: check_x([Secret("consumer_secret", secret)], body, given), f"sha256={coded}"),
        (lambda given: check_viber(accounts, body, given), digest.hex()),
    ]
    for check, signature in signers:
        check(signature)
        with pytest.raises(BadSignature):
            check(signature + more)


def test_no_secret_means_nobody_is_believed() -> None:
    with pytest.raises(BadSignature):
        check_meta([Secret("verify_token", "")], b"", meta("", b""))
    with pytest.raises(BadSignature):
        check_twilio([], URL, FORM, b"", PUBLISHED, "")


def test_published_vectors_hold_where_they_are_at_hand() -> None:
    """Vectors beside the checkout, of the schemes we speak; the examples above are always tested."""
    file = CORPUS / "signatures" / "vectors.json"
    vectors = json.loads(file.read_text()) if file.is_file() else []
    for one in vectors:
        if one["scheme"] == "twilio-x-twilio-signature":
            form = [(name, value) for name, value in one["form_params"]]
            args = (token(one["auth_token"]), one["request_url"], form, b"", one["x_twilio_signature"], "")
            check: Any = check_twilio
        elif one["scheme"] == "x-hub-signature-256":
            args = ([Secret("app_secret", one["secret"])], one["body"].encode(), one["x_hub_signature_256"])  # type: ignore[assignment]
            check = check_meta
        else:
            continue
        if one["valid"]:
            check(*args)
        else:
            with pytest.raises(BadSignature):
                check(*args)
