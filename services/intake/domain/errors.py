"""What intake refuses, by rule; adapters turn the rule into the answer their channel expects."""

from __future__ import annotations

from collections.abc import Mapping


class IntakeError(Exception):
    """Input breaks a rule: `rule` is the machine word, `detail` a sentence, `allowed` what would do."""

    def __init__(self, rule: str, detail: str = "", allowed: Mapping[str, str] | None = None) -> None:
        self.rule = rule
        self.detail = detail
        self.allowed = dict(allowed or {})
        super().__init__(f"{rule}: {detail}" if detail else rule)


class Malformed(IntakeError):
    """The bytes are not what this channel speaks: the sender must change them (400, 554)."""


class TooLarge(IntakeError):
    """The input passes a limit set before parsing: the sender must send less (413, 552)."""


class BadSignature(IntakeError):
    """The signature is missing or wrong: not from the provider, or the secret is mistyped (401)."""


class UnknownAccount(IntakeError):
    """Nothing of ours listens at this address: register the channel account first (404, 550)."""
