"""Playbooks, reply packs, catalogue and limits from their YAML files. A file that is wrong stops the
process at its start, with the place named (BadData), never a call later."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from services.resolution.adapters import catalogues, pack_files, playbook_files
from services.resolution.app.rules import Rules
from services.resolution.app.shelf import Shelf
from services.resolution.config import Settings
from services.resolution.domain.errors import BadData

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
    terms = catalogues.default(folder / "catalogues")
    return Rules(
        shelf=Shelf(books, settings.playbook),
        packs=pack_files.load(folder / "replycheck", compiled=bool(settings.data)),
        terms=terms,
        default_language=settings.default_language,
        hand_off_live=timedelta(seconds=settings.hand_off_live_s),
        hand_off=timedelta(seconds=settings.hand_off_s),
        reopen_window=timedelta(seconds=settings.reopen_window_s),
        terms_by_tenant=catalogues.by_tenant(folder / "catalogues", terms),
        prevention_within=timedelta(seconds=settings.prevention_s),
        win_back_within=timedelta(seconds=settings.win_back_s),
        causes=catalogues.causes(folder / "catalogues"),
    )
