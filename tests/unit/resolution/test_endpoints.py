"""What the systems that fulfil remedies are sent is signed as Standard Webhooks says."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from services.resolution.adapters import endpoints
from services.resolution.adapters.endpoints import Endpoint
from services.resolution.domain.errors import BadData

SECRET = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_the_signature_is_that_of_the_specifications_own_example() -> None:
    endpoint = Endpoint("https://x.example", (base64.b64decode(SECRET),))
    headers = endpoint.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert headers["webhook-id"] == "msg_p5jXN8AQM9LWM0D4loKWxJek"
    assert headers["webhook-timestamp"] == "1614265330"


def written(tmp_path: Path, text: str) -> str:
    file = tmp_path / "fulfilment.yaml"
    file.write_text(text)
    return str(file)


def test_two_secrets_sign_both_while_one_replaces_the_other(tmp_path: Path) -> None:
    file = written(
        tmp_path, f"tenants: {{air: {{url: 'https://x.example/h', secrets: [whsec_{SECRET}, {'A' * 32}]}}}}"
    )
    endpoint = endpoints.load(file)["air"]
    assert endpoint.url == "https://x.example/h"
    assert endpoint.headers("id", 1, b"").get("webhook-signature", "").count("v1,") == 2
    assert "MfKQ" not in repr(endpoint)


def test_a_receiver_with_the_specifications_own_library_believes_us_with_either_secret_and_nobody_else() -> (
    None
):
    """The library knows the time itself."""
    secrets = (b"the newer one, 24 bytes long", b"the older one, 24 bytes long")
    now = int(datetime.now(UTC).timestamp())
    headers = Endpoint("https://x.example", secrets).headers("remedy-1", now, b'{"amount": "caf\xc3\xa9"}')
    for secret in secrets:
        receiver = Webhook(base64.b64encode(secret).decode())
        assert receiver.verify(b'{"amount": "caf\xc3\xa9"}', dict(headers)) == {"amount": "café"}
        with pytest.raises(WebhookVerificationError):
            receiver.verify(b'{"amount": "tea"}', dict(headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(b"somebody else's, 24 bytes long").verify(b'{"amount": "caf\xc3\xa9"}', dict(headers))


def test_no_file_is_no_endpoints() -> None:
    assert endpoints.load("") == {}


@pytest.mark.parametrize(
    "text",
    [
        f"tenants: {{air: {{url: 'ftp://x', secrets: [whsec_{SECRET}]}}}}",
        "tenants: {air: {url: 'https://x.example', secrets: []}}",
        "tenants: {air: {url: 'https://x.example', secrets: [whsec_c2hvcnQ=]}}",
        f"tenants: {{air: {{url: 'https://x.example', secrets: ['not base64 {SECRET}']}}}}",
        "tenants: {air: {url: 'https://x.example'}}",
        "tenants: [MfKQ",
        "- MfKQ",
    ],
)
def test_a_wrong_file_is_refused_and_its_secrets_are_not_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadData) as refused:
        endpoints.load(written(tmp_path, text))
    assert refused.value.rule == "bad_endpoints"
    assert "MfKQ" not in refused.value.detail
