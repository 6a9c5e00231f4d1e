"""Channel accounts as a file: what `python -m services.intake accounts apply FILE.yaml` reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import yaml

from services.chassis.errors import ConfigError
from services.intake.adapters.accounts import ChannelAccount, Secret
from services.intake.domain.records import Channel


class SecretEntry(msgspec.Struct, forbid_unknown_fields=True):
    """One secret; the first of a kind is the newest, a second one is being rotated out."""

    kind: str
    secret: str
    key_id: str = ""


class AccountEntry(msgspec.Struct, forbid_unknown_fields=True):
    """One account."""

    tenant: str
    provider: str
    account: str
    channel: Channel
    settings: dict[str, str] = {}
    secrets: list[SecretEntry] = []


class AccountsFile(msgspec.Struct, forbid_unknown_fields=True):
    """The file."""

    accounts: list[AccountEntry]


def read_accounts(file: Path) -> list[ChannelAccount]:
    """The accounts of a file. Raises ConfigError with the place for another shape, OSError."""
    try:
        document: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
        entries = msgspec.convert(document, AccountsFile).accounts
    except (yaml.YAMLError, msgspec.ValidationError) as wrong:
        raise ConfigError("bad_accounts_file", f"{file.name}: {wrong}") from wrong
    return list(_accounts(entries))


def _accounts(entries: list[AccountEntry]) -> Iterator[ChannelAccount]:
    for entry in entries:
        secrets = tuple(Secret(one.kind, one.secret, one.key_id) for one in entry.secrets)
        yield ChannelAccount(
            entry.tenant, entry.provider, entry.account, entry.channel, entry.settings, secrets
        )
