"""A data folder in which the tenant `air` has a catalogue and limits of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

from services.resolution.adapters import data


def folder(
    where: Path,
    *,
    limits: dict[str, object] | None = None,
    remedies: dict[str, dict[str, object]] | None = None,
    per: dict[str, int] | None = None,
) -> str:
    """`limits` replaces fields of limits.yaml, `remedies` fields of entries of the catalogue by id, `per`
    limits in EUR of the front line by name."""
    for name in ("playbooks", "replycheck", "catalogues"):
        shutil.copytree(data.HERE / name, where / name)
    shipped, own = where / "catalogues", where / "catalogues" / "tenants" / "air"
    own.mkdir(parents=True)
    terms = yaml.safe_load((shipped / "limits.yaml").read_text()) | (limits or {})
    for name, most in (per or {}).items():
        terms["ranks"][0][name]["EUR"] = most
    (own / "limits.yaml").write_text(yaml.safe_dump(terms))
    catalogue = yaml.safe_load((shipped / "default.yaml").read_text())
    for entry in catalogue["remedies"]:
        entry.update((remedies or {}).get(entry["id"], {}))
    (own / "catalogue.yaml").write_text(yaml.safe_dump(catalogue))
    return str(where)
