"""Who PostgreSQL runs as: it refuses root, so root lends it another identity and files it can reach."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from services.standalone.errors import DataFolderUnusable
from services.standalone.process import SELF, Identity, launched

_PREFERRED = ("postgres", "nobody")
ELSEWHERE = Path("/var/lib/amends")


@dataclass(frozen=True, slots=True)
class Tenancy:
    """An identity, and the user that must own its files (None: they stay ours)."""

    identity: Identity
    owner: pwd.struct_passwd | None


def choose_tenancy() -> Tenancy:
    """Ourselves when we are an ordinary user; for root a user namespace, else really another user.

    The user must have a passwd entry, because initdb asks for its own name.
    """
    if os.geteuid() != 0:
        return Tenancy(SELF, None)
    user = _ordinary_user()
    namespace = Identity(f"namespace:{user.pw_uid}:{user.pw_gid}")
    return Tenancy(namespace, None) if _works(namespace) else other_user(user)


def other_user(user: pwd.struct_passwd | None = None) -> Tenancy:
    """The tenancy for a root who may not create user namespaces (as in most containers)."""
    user = user or _ordinary_user()
    return Tenancy(Identity(f"user:{user.pw_uid}:{user.pw_gid}"), user)


def settle(folder: Path, tenancy: Tenancy) -> Path:
    """A folder for the cluster's files that `tenancy` can use: `folder/site`, which may be a link.

    Only another user who may not pass through the folders above (say /root) is sent elsewhere, to
    /var/lib/amends, with what is there already. Files change hands when root's tenancy did.
    """
    site = folder / "site"
    if tenancy.owner is not None:
        _open_way(site, tenancy.owner)
    site.mkdir(mode=0o700, exist_ok=True)
    place = site.resolve()
    if os.geteuid() == 0:
        _hand_over(place, tenancy.owner)
    return place


def settle_binaries(folder: Path, tenancy: Tenancy) -> Path:
    """PostgreSQL's programs where `tenancy` can run them: `folder`, or a copy of its installation."""
    if tenancy.owner is None or reachable(folder, tenancy.owner):
        return folder
    copy = ELSEWHERE / f"postgresql-{_digest(folder)}"
    if not copy.exists():
        half = copy.with_name(f"{copy.name}.{os.getpid()}")
        shutil.copytree(folder.parent, half, symlinks=True)
        _let_all_read(half)
        half.rename(copy)
    return copy / folder.name


def reachable(path: Path, user: pwd.struct_passwd) -> bool:
    """Whether `user` may pass through every folder above `path`, judged by the folders' permission bits."""
    return all(_may_enter(parent, user) for parent in path.parents)


def _open_way(site: Path, owner: pwd.struct_passwd) -> None:
    """Let `owner` reach `site`: through our two folders above it, or by moving it where all may go."""
    ours = site.parents[:2]
    if all(_may_enter(parent, owner) for parent in ours[-1].parents):
        for folder in ours:
            folder.chmod(0o711)  # pass through, not list
    elif not site.is_symlink():
        place = ELSEWHERE / f"data-{_digest(site)}"
        ELSEWHERE.mkdir(mode=0o755, parents=True, exist_ok=True)
        if site.exists():
            shutil.move(site, place)
        else:
            place.mkdir(mode=0o700, exist_ok=True)
        site.symlink_to(place)


def _hand_over(place: Path, owner: pwd.struct_passwd | None) -> None:
    """Give everything in `place` to `owner`, or back to root; nothing to do where that is so already."""
    uid, gid = (owner.pw_uid, owner.pw_gid) if owner is not None else (0, 0)
    if place.stat().st_uid != uid:
        # The folder itself last: an interrupted change of hands is taken up again.
        for path in (*place.rglob("*"), place):
            os.lchown(path, uid, gid)


def _let_all_read(tree: Path) -> None:
    """An installation made under a strict umask is copied with its modes; a copy for others has to be
    readable.
    """
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if mode & 0o100 else 0o444))


def _may_enter(folder: Path, user: pwd.struct_passwd) -> bool:
    status = folder.stat()
    if status.st_uid == user.pw_uid:
        return bool(status.st_mode & 0o100)
    return bool(status.st_mode & (0o010 if status.st_gid == user.pw_gid else 0o001))


def _ordinary_user() -> pwd.struct_passwd:
    """The user PostgreSQL is to be: its own if the machine has one, else nobody, else any but root."""
    users = {user.pw_name: user for user in pwd.getpwall() if user.pw_uid != 0}
    for name in _PREFERRED:
        if name in users:
            return users[name]
    if not users:
        raise DataFolderUnusable(
            "PostgreSQL refuses to run as root, and this machine has no other user. Add one (`useradd "
            "amends`), or use a running server by DATABASE_URL."
        )
    return next(iter(users.values()))


def _works(identity: Identity) -> bool:
    """Whether the kernel grants `identity`, by launching a program that does nothing under it."""
    command = launched(["true"], identity=identity)
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
