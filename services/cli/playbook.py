"""`amends playbook`: check a playbook before a tenant follows it; draft, review, activate and roll back a
tenant's own, over gRPC with the key of an employee in AMENDS_TOKEN."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import grpc.aio
import typer
from amends.resolution.v1 import service_pb2 as pb
from amends.resolution.v1.service_pb2_grpc import ResolutionServiceStub
from rich.table import Table

from services.chassis.rpcstatus import error_reason
from services.cli.calls import calls
from services.cli.checking import check_file
from services.cli.common import EXIT_FAILED, console, print_json, run

if TYPE_CHECKING:  # a name of the stubs alone
    from amends.resolution.v1.service_pb2_grpc import ResolutionServiceAsyncStub

T = TypeVar("T")

app = typer.Typer(help="Playbooks: recovery procedures as data.", no_args_is_help=True)

FileArgument = Annotated[Path, typer.Argument(help="a playbook in YAML", show_default=False)]
IdArgument = Annotated[str, typer.Argument(help="the playbook's id", show_default=False)]
VersionArgument = Annotated[int, typer.Argument(help="which version", show_default=False)]
ReasonOption = Annotated[str, typer.Option("--reason", help="why, for the record")]
JsonOption = Annotated[bool, typer.Option("--json", help="one JSON object")]


@app.command()
def check(file: FileArgument, as_json: JsonOption = False) -> None:
    """Say what is wrong with a playbook, by line and column; exit code 1 when anything is."""
    check_file("resolution", "check-playbook", file, as_json=as_json)


@app.command()
def draft(file: FileArgument, as_json: JsonOption = False) -> None:
    """Put a version up for review; mistakes are named as `check` names them."""
    text = file.read_text(encoding="utf-8")
    told = run(_drafted(text))
    if isinstance(told, str):
        for line in told.splitlines():
            typer.echo(f"{file}:{line}")
        raise typer.Exit(EXIT_FAILED)
    _show(told, as_json)


@app.command()
def review(
    playbook_id: IdArgument,
    version: VersionArgument,
    approve: Annotated[bool, typer.Option("--approve/--return", help="approve it, or return it with a note")],
    note: Annotated[str, typer.Option("--note", help="what the author should know")] = "",
    as_json: JsonOption = False,
) -> None:
    """Approve somebody else's version, or return it with a note."""
    request = pb.ReviewPlaybookRequest(playbook_id=playbook_id, version=version, approve=approve, note=note)
    _show(run(_asked(lambda desk: desk.ReviewPlaybook(request))), as_json)


@app.command()
def activate(
    playbook_id: IdArgument,
    version: Annotated[int, typer.Option("--version", help="which version; 0 is the newest")] = 0,
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Let new cases follow an approved version, of the tenant's own playbooks or of those that ship."""
    request = pb.ActivatePlaybookRequest(playbook_id=playbook_id, version=version, reason=reason)
    _show(run(_asked(lambda desk: desk.ActivatePlaybook(request))), as_json)


@app.command()
def rollback(
    playbook_id: IdArgument,
    version: VersionArgument,
    reason: Annotated[str, typer.Option("--reason", help="why, for the record", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """Let new cases follow an earlier version of the active playbook again."""
    request = pb.RollBackPlaybookRequest(playbook_id=playbook_id, version=version, reason=reason)
    _show(run(_asked(lambda desk: desk.RollBackPlaybook(request))), as_json)


@app.command()
def diff(
    playbook_id: IdArgument,
    from_version: VersionArgument,
    to_version: Annotated[int, typer.Argument(help="the other version; 0 is the newest")] = 0,
    to: Annotated[str, typer.Option("--to", help="another playbook to compare with")] = "",
) -> None:
    """Say what is different between two versions, step by step."""
    request = pb.DiffPlaybooksRequest(
        playbook_id=playbook_id, from_version=from_version, to_playbook_id=to, to_version=to_version
    )
    told = run(_asked(lambda desk: desk.DiffPlaybooks(request)))
    typer.echo(told.text or "no difference")


@app.command("list")
def list_all(
    playbook_id: Annotated[str, typer.Argument(help="only this playbook")] = "", as_json: JsonOption = False
) -> None:
    """List every version, the tenant's own and those that ship."""
    found = run(_asked(lambda desk: _every_version(desk, playbook_id)))
    if as_json:
        print_json([_fields(each) for each in found])
        return
    table = Table("playbook", "version", "status", "author", "reviewer", "active", "note")
    for each in found:
        shown = _fields(each)
        table.add_row(*(str(shown[name]) for name in ("playbook", "version", "status", "author", "reviewer")),
                      "active" if each.active else "", each.note)  # fmt: skip
    console.print(table)


async def _drafted(text: str) -> pb.PlaybookVersion | str:
    """The version, or the mistakes, one per line as line:column: what."""
    try:
        return await _asked(lambda desk: desk.DraftPlaybook(pb.DraftPlaybookRequest(text=text)))
    except grpc.aio.AioRpcError as refused:
        if error_reason(refused)[0] != "bad_playbook":
            raise
        return refused.details() or ""


async def _every_version(desk: ResolutionServiceAsyncStub, playbook_id: str) -> Sequence[pb.PlaybookVersion]:
    found: list[pb.PlaybookVersion] = []
    request = pb.ListPlaybooksRequest(playbook_id=playbook_id)
    while True:
        page = await desk.ListPlaybooks(request)
        found += page.playbooks
        if not page.next_page_token:
            return found
        request.page_token = page.next_page_token


async def _asked(call: Callable[[ResolutionServiceAsyncStub], Awaitable[T]]) -> T:
    async with _desk() as desk:
        return await call(desk)


def _desk() -> AbstractAsyncContextManager[ResolutionServiceAsyncStub]:
    return calls("resolution", ResolutionServiceStub)


def _fields(of: pb.PlaybookVersion) -> Mapping[str, object]:
    return {
        "playbook": of.playbook_id,
        "version": of.version,
        "status": pb.PlaybookVersion.Status.Name(of.status).removeprefix("STATUS_").lower(),
        "author": of.author_id or "(ships)",
        "reviewer": of.reviewer_id,
        "active": of.active,
        "note": of.note,
    }


def _show(of: pb.PlaybookVersion, as_json: bool) -> None:
    shown = _fields(of)
    if as_json:
        print_json(shown)
        return
    followed = "; new cases follow it" if of.active else ""
    typer.echo(f"{of.playbook_id} version {of.version}: {shown['status']}{followed}")
