"""Catalogues and limits from YAML: those that ship, and each tenant's own in a folder of its name. A file
that is wrong stops the process at its start, with the place named (BadData)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from services.resolution.adapters import yaml_files
from services.resolution.app.rules import Terms
from services.resolution.domain.catalogue import Catalogue, Remedy
from services.resolution.domain.causes import demand_list
from services.resolution.domain.errors import BadCommand, BadData
from services.resolution.domain.limits import Authority, Limits
from services.resolution.domain.words import Amount

T = TypeVar("T")
_REMEDY = frozenset(
    {"id", "title", "cost", "value", "goods", "fits", "sizes", "stock", "min_rank", "teams", "since", "until"}
    | {"fulfilled_outside"}
)
_PER = ("per_grant", "per_case", "per_day", "per_customer_90_days")


def default(folder: Path) -> Terms:
    """`default.yaml` and `limits.yaml` of a folder. Raises BadData, and OSError when one is not there."""
    return Terms(_whole(_catalogue, folder / "default.yaml"), _whole(_authority, folder / "limits.yaml"))


def causes(folder: Path) -> Mapping[str, str]:
    """Why things go wrong, title by code, for tenants without a list of their own."""
    return _whole(_causes, folder / "causes.yaml")


def by_tenant(folder: Path, usual: Terms) -> Mapping[str, Terms]:
    """Of every tenant with a folder of its name in `tenants/`: `catalogue.yaml` and `limits.yaml`; one that
    is not there is the usual one. Raises BadData, also for a folder with neither."""
    found = sorted(each for each in (folder / "tenants").glob("*") if each.is_dir())
    return {each.name: _own(each, usual) for each in found}


def _own(folder: Path, usual: Terms) -> Terms:
    catalogue, limits = folder / "catalogue.yaml", folder / "limits.yaml"
    if not catalogue.exists() and not limits.exists():
        raise BadData("bad_catalogue", f"{folder} has neither catalogue.yaml nor limits.yaml.")
    return Terms(
        _whole(_catalogue, catalogue) if catalogue.exists() else usual.catalogue,
        _whole(_authority, limits) if limits.exists() else usual.authority,
    )


def _whole(make: Callable[[Mapping[str, Any]], T], file: Path) -> T:
    """What `make` reads from a file; what is missing or of another kind there is BadData."""
    try:
        return make(yaml_files.of_file(file))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadData("bad_catalogue", f"{file.name}: {type(error).__name__} {error}") from error


def _catalogue(document: Mapping[str, Any]) -> Catalogue:
    remedies = [_remedy(entry) for entry in document["remedies"]]
    by_id = {remedy.remedy_id: remedy for remedy in remedies}
    if len(by_id) != len(remedies):
        raise BadData("bad_catalogue", "A remedy id is used twice.")
    return Catalogue(by_id)


def _causes(document: Mapping[str, Any]) -> Mapping[str, str]:
    listed = [(str(entry["code"]), str(entry["title"])) for entry in document["causes"]]
    try:
        return demand_list(listed)
    except BadCommand as wrong:
        raise BadData("bad_catalogue", f"causes.yaml: {wrong.detail}") from wrong


def _remedy(entry: Mapping[str, Any]) -> Remedy:
    if strange := set(entry) - _REMEDY:
        raise BadData("bad_catalogue", f"{entry.get('id')}: no such field: {', '.join(sorted(strange))}.")
    remedy = Remedy(
        remedy_id=str(entry["id"]),
        title=str(entry["title"]),
        cost=_amount(entry["cost"]),
        value=_amount(entry["value"]),
        goods=_amount(entry["goods"]) if "goods" in entry else None,
        fits=tuple(entry.get("fits", ())),
        sizes=tuple(entry.get("sizes", ())),
        stock=_count(entry["stock"]) if "stock" in entry else None,
        min_rank=_count(entry.get("min_rank", 0)),
        teams=tuple(entry.get("teams", ())),
        since=_day(entry, "since"),
        until=_day(entry, "until"),
        fulfilled_outside=bool(entry.get("fulfilled_outside", False)),
    )
    if remedy.cost.unit != remedy.value.unit:
        raise BadData("bad_catalogue", f"{remedy.remedy_id}: cost and value need one unit to be compared.")
    return remedy


def _amount(entry: Mapping[str, Any]) -> Amount:
    return Amount(str(entry["unit"]), _count(entry["value"]))


def _count(value: Any) -> int:
    if int(value) < 0:
        raise BadData("bad_catalogue", f"{value} is less than nothing.")
    return int(value)


def _day(entry: Mapping[str, Any], name: str) -> date | None:
    day = entry.get(name)
    if day is not None and (not isinstance(day, date) or isinstance(day, datetime)):
        raise BadData("bad_catalogue", f"{entry.get('id')}: {name} is a day, 2026-12-31.")
    return day


def _authority(document: Mapping[str, Any]) -> Authority:
    return Authority(
        {int(entry["rank"]): _limits(entry) for entry in document["ranks"]},
        _seconds(document, "answer_within_s", 60),
        _seconds(document, "fulfil_within_s", 86_400),
    )


def _limits(entry: Mapping[str, Any]) -> Limits:
    return Limits(*({str(unit): _count(value) for unit, value in entry[name].items()} for name in _PER))


def _seconds(document: Mapping[str, Any], name: str, usual: float) -> timedelta:
    seconds = float(document.get(name, usual))
    if not 0 < seconds <= 366 * 86_400:
        raise BadData("bad_catalogue", f"{name} is a number of seconds, up to a year.")
    return timedelta(seconds=seconds)
