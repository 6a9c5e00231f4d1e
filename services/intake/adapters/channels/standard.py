"""Any system that has no adapter: complaints by Standard Webhooks 1.0.0 (standardwebhooks.com), so that
integrators use the libraries they have. The body is that of `POST /v1/complaints`.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from services.chassis.errors import Rejected
from services.intake.adapters.channels import rest
from services.intake.adapters.channels.hooks import Hook, Integration, Reading, Reply, Request
from services.intake.adapters.signatures import check_standard
from services.intake.domain.errors import Malformed
from services.intake.domain.records import Answer, Channel, Outcome, Source

PROVIDER = "standard"
SECRETS = ("webhook_secret",)


def check(request: Request) -> None:
    """webhook-id, webhook-timestamp and webhook-signature over the raw body."""
    _account(request)


def _account(request: Request) -> str:
    return check_standard(request.accounts, request.headers, request.body, request.received_at)


def read(request: Request) -> Reading:
    """One complaint; the webhook's id makes a repeat harmless. Raises Malformed with REST's own rules."""
    account = _account(request)
    channel, event_id = request.accounts[account].channel, request.header("webhook-id")
    source = Source(request.tenant_id, PROVIDER, account, event_id, channel)
    try:
        word = rest.read_complaint(request.body, source, request.classifier, request.received_at)
    except Rejected as wrong:
        raise Malformed(wrong.rule, wrong.detail) from wrong
    return Reading((word,))


def accepted(_request: Request, answers: Sequence[Answer]) -> Reply:
    """What REST answers; the same id with another body is refused."""
    (answer,) = answers
    if answer.outcome is Outcome.REUSED_KEY:
        return Reply(422, b"idempotency_key_reused")
    return Reply(200, msgspec.json.encode(rest.accepted(answer)), "application/json")


_HOOK = Hook("standard", PROVIDER, Channel.API, check, read, accepted, body_limit=rest.BODY_LIMIT)
# A sender says by its account what it stands for.
INTEGRATION = Integration(PROVIDER, Channel.API, SECRETS, (_HOOK,))
WEBFORM = Integration(PROVIDER, Channel.WEBFORM, SECRETS)
