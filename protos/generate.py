"""Regenerate protos/gen from protos/amends: `python protos/generate.py [TARGET]` (default protos/gen).

The generated code is committed, so that nobody needs a compiler to run Amends; tests/contract regenerates it
into an empty folder and compares.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def generate(target: Path) -> None:
    """Write modules and type stubs for every proto below `ROOT` into `target`; raises CalledProcessError."""
    protos = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("amends/**/*.proto"))
    services = [name for name in protos if name.endswith("service.proto")]
    compiler = [sys.executable, "-m", "grpc_tools.protoc", "-I", "."]
    target.mkdir(parents=True, exist_ok=True)
    out = target.resolve()
    subprocess.run([*compiler, f"--python_out={out}", f"--pyi_out={out}", *protos], cwd=ROOT, check=True)
    # mypy_grpc writes typed stubs only where there is a service
    plugin = Path(sys.executable).parent / "protoc-gen-mypy_grpc"
    stubs = [f"--plugin=protoc-gen-mypy_grpc={plugin}", f"--mypy_grpc_out=quiet:{out}"]
    subprocess.run([*compiler, f"--grpc_python_out={out}", *stubs, *services], cwd=ROOT, check=True)


if __name__ == "__main__":
    destination = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "gen"
    shutil.rmtree(destination / "amends", ignore_errors=True)
    generate(destination)
