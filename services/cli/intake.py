"""`amends intake`: what comes in, what was refused and why, and the way back; over gRPC with the key of a
supervisor in AMENDS_TOKEN."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from amends.common.v1 import common_pb2 as common
from amends.intake.v1 import service_pb2 as pb
from amends.intake.v1.service_pb2_grpc import IntakeServiceStub
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.cli.calls import calls
from services.cli.common import EXIT_FAILED, print_json, run, run_until_told
from services.cli.visible import visible, visible_line

if TYPE_CHECKING:  # a name of the stubs alone
    from amends.intake.v1.service_pb2_grpc import IntakeServiceAsyncStub

T = TypeVar("T")

_SHOWN_BYTES = 4_000
_PAGE = 500

app = typer.Typer(help="What comes in, what was refused, and the way back.", no_args_is_help=True)

IdArgument = Annotated[str, typer.Argument(help="id of a refusal, a message or an input", show_default=False)]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON, one object per line")]


@app.command()
def tail(
    resume: Annotated[str, typer.Option("--resume", help="go on behind this token")] = "",
    rejected: Annotated[bool, typer.Option("--rejected", help="only what was refused")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what intake says as it says it, until Ctrl-C; with --json each line carries its token."""
    if run_until_told(_tail(resume, rejected, as_json)) is None:
        raise typer.Exit(0)


@app.command("rejected")
def list_rejected(
    limit: Annotated[int, typer.Option("--limit", min=1, help="at most so many")] = 50,
    pending: Annotated[bool, typer.Option("--pending", help="only what was not accepted since")] = False,
    as_json: JsonOption = False,
) -> None:
    """List what was refused and why, newest first; `show` has the bytes."""
    for item in run(_rejected(limit, pending)):
        _say(item, as_json, _refusal_line(item))


@app.command()
def show(
    input_id: IdArgument,
    out: Annotated[Path | None, typer.Option("--out", help="write the whole bytes to this new file")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show one accepted or refused input: how it came, what became of it, and its bytes made harmless."""
    found, raw = run(_asked(lambda desk: _input(desk, input_id, whole=out is not None)))
    if out is not None:
        with out.open("xb") as file:
            file.write(raw)
    found.raw = b""
    _say(found, as_json, "\n".join(_facts(found)))
    if out is None and not as_json:
        typer.echo("\n" + visible(raw[:_SHOWN_BYTES]))
        if found.raw_size_bytes > _SHOWN_BYTES:
            typer.echo(f"... {found.raw_size_bytes} bytes in all; --out FILE has what is kept")


@app.command()
def reprocess(
    input_ids: Annotated[
        list[str] | None, typer.Argument(help="ids as of `show`; none: see --all-rejected")
    ] = None,
    all_rejected: Annotated[bool, typer.Option("--all-rejected", help="whatever is still refused")] = False,
    code: Annotated[str, typer.Option("--code", help="of those, only what broke this rule")] = "",
    as_json: JsonOption = False,
) -> None:
    """Read kept bytes again after a fault was mended; what was accepted before is not accepted twice.

    Exit code 1 when anything still cannot be accepted.
    """
    wanted = list(input_ids or ())
    if all_rejected:
        pending = run(_rejected(100_000, pending=True))
        wanted += [item.reject_id for item in reversed(pending) if code in ("", item.code)]
    failed = 0
    for input_id in wanted:
        done = run(_asked(lambda desk, one=input_id: desk.ReprocessInput(_reprocess(one))))  # type: ignore[misc]
        failed += bool(done.code)
        _say(done, as_json, _reread_line(input_id, done))
    if failed:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def replay(
    key: Annotated[list[str] | None, typer.Option("--key", help="events of this case (repeatable)")] = None,
    since: Annotated[datetime | None, typer.Option("--since", help="recorded then or later, in UTC")] = None,
    until: Annotated[datetime | None, typer.Option("--until", help="and before this, in UTC")] = None,
    as_json: JsonOption = False,
) -> None:
    """Publish events again, the same with the same ids, for a reader outside that lost them."""
    begin, end = _stamp(since), _stamp(until)
    count = run(_replayed([pb.ReplayEventsRequest(key=one, since=begin, until=end) for one in key or [""]]))
    if as_json:
        print_json({"replayed": count})
    else:
        typer.echo(f"{count} events go out again")


@app.command()
def split(
    customer_id: Annotated[str, typer.Argument(help="who was merged, not the survivor", show_default=False)],
    reason: Annotated[str, typer.Option("--reason", help="why they are two people", show_default=False)],
    party: Annotated[
        list[str] | None,
        typer.Option("--party", help="kind:value that came since and is theirs (repeatable)"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Take back a wrong merge of two customers; no evidence merges them again. Key of who works on cases."""
    named = [
        common.Party(kind=kind, value=value) for kind, _, value in (one.partition(":") for one in party or ())
    ]
    request = pb.SplitCustomersRequest(customer_id=customer_id, parties=named, reason=reason)
    done = run(_asked(lambda desk: desk.SplitCustomers(request)))
    what = "is not" if done.split else "was known not to be"
    cases = f"{len(done.case_ids)} cases, {len(done.parties)} addresses, numbers and handles"
    _say(done, as_json, f"{customer_id} {what} {done.surviving_customer_id}: {cases} went back")


async def _tail(resume: str, rejected: bool, as_json: bool) -> None:
    async with _desk() as desk:
        async for told in desk.TailIntake(pb.TailIntakeRequest(resume_token=resume)):
            if told.event_id and (not rejected or told.type == "IntakeRejected"):
                _say(told, as_json, _event_line(told))


async def _rejected(limit: int, pending: bool) -> list[pb.ListRejectedResponse.Item]:
    found: list[pb.ListRejectedResponse.Item] = []
    token = ""
    async with _desk() as desk:
        while len(found) < limit:
            page = await desk.ListRejected(pb.ListRejectedRequest(page_size=_PAGE, page_token=token))
            found += [one for one in page.items if not (pending and one.HasField("reprocessed_at"))]
            token = page.next_page_token
            if not token:
                break
    return found[:limit]


async def _input(
    desk: IntakeServiceAsyncStub, input_id: str, *, whole: bool
) -> tuple[pb.ShowInputResponse, bytes]:
    found = await desk.ShowInput(pb.ShowInputRequest(input_id=input_id))
    raw = found.raw
    while whole and len(raw) < found.kept_size_bytes:
        more = await desk.ShowInput(pb.ShowInputRequest(input_id=input_id, raw_offset=len(raw)))
        raw += more.raw
    return found, raw


async def _replayed(requests: list[pb.ReplayEventsRequest]) -> int:
    count = 0
    async with _desk() as desk:
        for request in requests:
            while True:
                done = await desk.ReplayEvents(request)
                count += done.replayed
                request.page_token = done.next_page_token
                if not done.next_page_token:
                    break
    return count


def _reprocess(input_id: str) -> pb.ReprocessInputRequest:
    return pb.ReprocessInputRequest(input_id=input_id)


async def _asked(call: Callable[[IntakeServiceAsyncStub], Awaitable[T]]) -> T:
    async with _desk() as desk:
        return await call(desk)


def _desk() -> AbstractAsyncContextManager[IntakeServiceAsyncStub]:
    return calls("intake", IntakeServiceStub)


def _stamp(moment: datetime | None) -> Timestamp | None:
    if moment is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(moment.replace(tzinfo=UTC))
    return stamp


def _say(message: Message, as_json: bool, line: str) -> None:
    if as_json:
        print_json(MessageToDict(message, preserving_proto_field_name=True))
    else:
        typer.echo(line)


def _time(stamp: Timestamp) -> str:
    return stamp.ToDatetime(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _event_line(told: pb.TailIntakeResponse) -> str:
    words = (told.type, told.channel, told.provider, told.account, told.key, told.input_id, told.code)
    return " ".join(
        [_time(told.recorded_at), *(visible_line(word) for word in (*words, told.detail) if word)]
    )


def _refusal_line(item: pb.ListRejectedResponse.Item) -> str:
    words = (item.reject_id, item.channel, item.provider, item.account, item.code, item.detail)
    ended = f"(accepted {_time(item.reprocessed_at)})" if item.HasField("reprocessed_at") else ""
    shown = [visible_line(word) for word in words if word]
    return " ".join([_time(item.received_at), *shown, f"{item.raw_size_bytes} bytes", ended]).rstrip()


def _facts(found: pb.ShowInputResponse) -> list[str]:
    way = found.hook or found.protocol
    trust = "" if found.verified or not found.hook else ", signature not verified"
    lines = [
        f"input {found.raw_id}: {found.media_type}, {found.raw_size_bytes} bytes,"
        f" {found.kept_size_bytes} kept, received {_time(found.received_at)}",
        f"came by {way}{trust}"
        if way
        else "came from a program or page that was told; it cannot be read again",
    ]
    if found.protocol:
        lines.append(f"from <{found.sender}> to {', '.join(found.recipients)}")
    for item in found.items:
        words = ("  ", item.outcome, item.provider, item.account, item.event_id, item.conversation_id)
        lines.append(" ".join((*words, item.message_id)))
    lines += ["   refused " + _refusal_line(item) for item in found.refusals]
    return [visible_line(line) for line in lines]


def _reread_line(input_id: str, done: pb.ReprocessInputResponse) -> str:
    told = [
        f"{'repeat of ' if one.repeated_before else ''}{one.outcome} {one.conversation_id}"
        for one in done.items
    ]
    if done.code:
        told.append(f"still refused: {done.code} {done.detail}")
    return visible_line(f"{input_id}: {'; '.join(told) or 'nothing in it'}")
