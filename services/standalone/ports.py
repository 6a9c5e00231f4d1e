"""TCP ports of 127.0.0.1 that stay the same from one start to the next, as long as they are free."""

from __future__ import annotations

import socket
from pathlib import Path

LOCALHOST = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOCALHOST, port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """`count` different ports that are free now, chosen by the kernel."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind((LOCALHOST, 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def kept_ports(file: Path, count: int) -> list[int]:
    """The `count` ports written in `file` if all are still free, else new ones, now written there."""
    ports = read_ports(file)
    if len(ports) != count or not all(is_free(port) for port in ports):
        ports = free_ports(count)
        file.write_text(" ".join(map(str, ports)), encoding="ascii")
    return ports


def read_ports(file: Path) -> list[int]:
    """The ports in `file`; none when the file is absent or holds anything else."""
    words = file.read_text(encoding="ascii", errors="replace").split() if file.exists() else []
    return [int(word) for word in words if word.isdecimal() and 0 < int(word) < 65536]
