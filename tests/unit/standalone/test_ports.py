"""A server comes back at its old port, unless somebody else has taken it."""

from __future__ import annotations

import socket
from pathlib import Path

from services.standalone.ports import free_ports, is_free, kept_ports


def test_ports_are_different_and_free() -> None:
    ports = free_ports(5)
    assert len(set(ports)) == 5
    assert all(is_free(port) for port in ports)


def test_the_same_ports_are_used_again(tmp_path: Path) -> None:
    file = tmp_path / "ports"
    assert kept_ports(file, 2) == kept_ports(file, 2)


def test_a_taken_port_is_replaced_and_the_new_one_kept(tmp_path: Path) -> None:
    file = tmp_path / "ports"
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        taken = squatter.getsockname()[1]
        file.write_text(str(taken))
        (port,) = kept_ports(file, 1)
        assert port != taken
        assert kept_ports(file, 1) == [port]


def test_a_damaged_file_is_as_good_as_none(tmp_path: Path) -> None:
    file = tmp_path / "ports"
    file.write_text("99999 -1 \x00 abc")
    assert all(is_free(port) for port in kept_ports(file, 2))
