"""What must be there before the services start: roles, databases, migrations, topics. Safe to repeat."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

import services
from services.chassis import topics
from services.chassis.migrate import migrate
from services.chassis.provision import Dsns, Passwords, provision


def passwords(superuser_url: str, service: str, fallback_secret: str) -> Passwords:
    """The passwords of a service's three roles: the same at every start against the same server.

    They follow from the superuser's own password (whoever has that one needs no other), so that two platforms
    on one server agree about their shared roles; `fallback_secret` serves a superuser without a password.
    """
    seed = unquote(urlsplit(superuser_url).password or "") or fallback_secret
    kinds = ("owner", "app", "system")
    return Passwords(*(hashlib.sha256(f"{seed}/{service}/{kind}".encode()).hexdigest() for kind in kinds))


def migrations_of(service: str) -> Path | None:
    """The folder of a service's SQL migrations; None when it has no tables of its own."""
    folder = Path(services.__file__).resolve().parent / service / "migrations"
    return folder if folder.is_dir() else None


async def prepare_databases(
    superuser_url: str, names: Sequence[str], *, fallback_secret: str, suffix: str = ""
) -> dict[str, Dsns]:
    """A migrated database `amends_<service><suffix>` for each service; how to connect to each.

    Raises what provision and migrate raise.
    """

    async def prepare(service: str) -> Dsns:
        dsns = await provision(
            superuser_url,
            service,
            passwords(superuser_url, service, fallback_secret),
            database=f"amends_{service}{suffix}",
        )
        await migrate(dsns.owner, migrations_of(service))
        return dsns

    made = await asyncio.gather(*(prepare(service) for service in names))
    return dict(zip(names, made, strict=True))


async def prepare_topics(bootstrap: str, prefix: str = "") -> list[str]:
    """Create the topics that are missing, dead-letter topics included; their names."""
    return await asyncio.to_thread(topics.apply, bootstrap, prefix)
