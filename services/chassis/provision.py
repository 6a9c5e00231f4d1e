"""Roles and the database of one service, made by a superuser; again and again with the same result."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Passwords:
    """Of the three login roles of a service."""

    owner: str
    app: str
    system: str


@dataclass(frozen=True, slots=True)
class Dsns:
    """How to connect as the owner (migrations only), the app role and the system role."""

    owner: str
    app: str
    system: str


async def provision(superuser_url: str, service: str, passwords: Passwords | None = None) -> Dsns:
    """Create roles and database `amends_<service>` where missing; without `passwords` new ones are made and set.

    Raises Retryable when the server is away.
    """
    ...
