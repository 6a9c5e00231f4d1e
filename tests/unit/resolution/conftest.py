"""Fixtures for the domain of resolution."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.resolution.adapters import data
from services.resolution.app.rules import Rules
from services.resolution.config import Settings
from tests.unit.resolution.world import World


@pytest.fixture(scope="session")
def rules() -> Rules:
    """The data files that ship; new cases follow the shortest of the playbooks."""
    return data.load(Settings(playbook="sixty-seconds"))


@pytest.fixture
def world(rules: Rules) -> World:
    """Nothing has happened yet."""
    return World(rules)


@pytest.fixture
def new_world(rules: Rules) -> Callable[[], World]:
    """As many worlds as a property test needs."""
    return lambda: World(rules)
