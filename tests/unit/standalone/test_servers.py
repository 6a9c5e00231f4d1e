"""Servers that already run elsewhere are used, and then nothing is started or locked here."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.standalone.servers import ServerSettings, servers


async def test_external_servers_win_and_the_data_folder_is_not_even_made(tmp_path: Path) -> None:
    env = {
        "KAFKA_BOOTSTRAP": "kafka:9092",
        "DATABASE_URL": "postgresql://db/amends",
        "AMENDS_HOME": str(tmp_path / "home"),
    }
    async with servers(ServerSettings.from_environment(env), pytest.fail) as running:
        assert (running.bootstrap, running.database_url) == ("kafka:9092", "postgresql://db/amends")
        assert (running.kafka, running.postgres) == (None, None)
    assert not (tmp_path / "home").exists()


def test_an_empty_variable_is_not_an_address() -> None:
    settings = ServerSettings.from_environment({"KAFKA_BOOTSTRAP": "", "DATABASE_URL": ""})
    assert (settings.kafka_bootstrap, settings.database_url) == (None, None)
