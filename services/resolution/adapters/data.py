"""Playbooks, reply packs, catalogue and limits from their YAML files. A file that is wrong stops the
process at its start, with the place named (BadData), never a call later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import yaml

from services.resolution.adapters import playbook_files
from services.resolution.app.rules import Rules
from services.resolution.app.shelf import Shelf
from services.resolution.config import Settings
from services.resolution.domain import replycheck
from services.resolution.domain.catalogue import Catalogue, Remedy
from services.resolution.domain.errors import BadData
from services.resolution.domain.limits import Authority, Limits
from services.resolution.domain.words import Amount

T = TypeVar("T")
HERE = Path(__file__).resolve().parent.parent


def load(settings: Settings) -> Rules:
    """All of them. Raises BadData, and OSError for a folder that cannot be read."""
    folder = Path(settings.data) if settings.data else HERE
    books = {
        written.playbook.playbook_id: written
        for written in map(playbook_files.load, sorted((folder / "playbooks").glob("*.yaml")))
    }
    if settings.playbook not in books:
        raise BadData("unknown_playbook", f"{folder / 'playbooks'} has no playbook {settings.playbook!r}.")
    packs = [replycheck.parse(_read(file)) for file in sorted((folder / "replycheck").glob("*.yaml"))]
    return Rules(
        shelf=Shelf(books, settings.playbook),
        packs={pack.language: pack for pack in packs},
        catalogue=_whole(_catalogue, folder / "catalogues" / "default.yaml"),
        authority=_whole(_authority, folder / "catalogues" / "limits.yaml"),
        default_language=settings.default_language,
        hand_off_live=timedelta(seconds=settings.hand_off_live_s),
        hand_off=timedelta(seconds=settings.hand_off_s),
        reopen_window=timedelta(seconds=settings.reopen_window_s),
    )


def _whole(make: Callable[[Mapping[str, Any]], T], file: Path) -> T:
    """What `make` reads from a file; what is missing or of another kind there is BadData."""
    try:
        return make(_read(file))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadData("bad_catalogue", f"{file.name}: {type(error).__name__} {error}") from error


def _read(file: Path) -> Mapping[str, Any]:
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise BadData("bad_yaml", f"{file.name}: {error}") from error
    if not isinstance(document, dict):
        raise BadData("bad_yaml", f"{file.name} is no mapping.")
    return document


def _catalogue(document: Mapping[str, Any]) -> Catalogue:
    remedies = [_remedy(entry) for entry in document["remedies"]]
    by_id = {remedy.remedy_id: remedy for remedy in remedies}
    if len(by_id) != len(remedies):
        raise BadData("bad_catalogue", "A remedy id is used twice.")
    return Catalogue(by_id)


def _remedy(entry: Mapping[str, Any]) -> Remedy:
    remedy = Remedy(
        remedy_id=str(entry["id"]),
        title=str(entry["title"]),
        cost=_amount(entry["cost"]),
        value=_amount(entry["value"]),
        goods=_amount(entry["goods"]) if "goods" in entry else None,
        fits=tuple(entry.get("fits", ())),
        sizes=tuple(entry.get("sizes", ())),
    )
    if remedy.cost.unit != remedy.value.unit:
        raise BadData("bad_catalogue", f"{remedy.remedy_id}: cost and value need one unit to be compared.")
    return remedy


def _amount(entry: Mapping[str, Any]) -> Amount:
    amount = Amount(str(entry["unit"]), int(entry["value"]))
    if amount.value < 0:
        raise BadData("bad_catalogue", f"{amount.value} {amount.unit} is less than nothing.")
    return amount


def _authority(document: Mapping[str, Any]) -> Authority:
    return Authority({int(entry["rank"]): _limits(entry) for entry in document["ranks"]})


def _limits(entry: Mapping[str, Any]) -> Limits:
    per = (
        {str(unit): int(value) for unit, value in entry[name].items()}
        for name in ("per_grant", "per_case", "per_day")
    )
    return Limits(*per)
