"""`amends policy` and `amends calendar`: check a file, keep it as the tenant's own, and choose what new cases
follow, over gRPC with the key of an employee in AMENDS_TOKEN."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from amends.followup.v1 import service_pb2 as pb
from amends.followup.v1.service_pb2_grpc import FollowupServiceStub
from rich.table import Table

from services.cli.calls import calls
from services.cli.checking import check_file
from services.cli.common import console, print_json, run

if TYPE_CHECKING:  # a name of the stubs alone
    from amends.followup.v1.service_pb2_grpc import FollowupServiceAsyncStub

T = TypeVar("T")

policy = typer.Typer(help="Policies: which clocks run on a case, as data.", no_args_is_help=True)
calendar = typer.Typer(help="Calendars: by whose hours clocks count.", no_args_is_help=True)

FileArgument = Annotated[Path, typer.Argument(help="a file in YAML", show_default=False)]
JsonOption = Annotated[bool, typer.Option("--json", help="one JSON object")]


@policy.command("check")
def check_policy(
    file: FileArgument,
    received: Annotated[str, typer.Option(help="when a complaint came, for its due times; now")] = "",
    as_json: JsonOption = False,
) -> None:
    """Say what is wrong with a policy, by line and column, or what would be due when; exit code 1 when
    anything is. Its calendars lie beside it or ship with us."""
    more = ["--received", received] if received else []
    check_file("followup", "check-policy", file, as_json=as_json, more=more)


@calendar.command("check")
def check_calendar(file: FileArgument, as_json: JsonOption = False) -> None:
    """Say what is wrong with a calendar, by line and column; exit code 1 when anything is."""
    check_file("followup", "check-calendar", file, as_json=as_json)


@policy.command("keep")
def keep_policy(file: FileArgument) -> None:
    """Keep a policy as the tenant's own next version; cases follow it once somebody else has chosen it."""
    _keep(file, pb.RuleText.KIND_POLICY)


@calendar.command("keep")
def keep_calendar(file: FileArgument) -> None:
    """Keep a calendar as the tenant's own next version."""
    _keep(file, pb.RuleText.KIND_CALENDAR)


@policy.command()
def choose(
    reason: Annotated[str, typer.Option("--reason", help="why, for the record", show_default=False)],
    service: Annotated[
        str, typer.Option("--service", help="the service's policy; that of the settings")
    ] = "",
    rules: Annotated[
        list[str] | None, typer.Option("--rule", help="POLICY or CATEGORY:POLICY, again and again")
    ] = None,
    teams: Annotated[
        list[str] | None, typer.Option("--team", help="TEAM:POLICY, which rules the cases that they own")
    ] = None,
) -> None:
    """Choose what new cases of the tenant follow, in the newest versions; not by who wrote them."""
    rulings = [*(_ruling(one) for one in rules or ()), *(_of_team(one) for one in teams or ())]
    request = pb.ChoosePoliciesRequest(service_policy=service, rulings=rulings, reason=reason)
    chosen = run(_asked(lambda desk: desk.ChoosePolicies(request)))
    typer.echo(f"choice {chosen.number}: new cases follow it")


@policy.command("list")
def list_all(as_json: JsonOption = False) -> None:
    """List the tenant's own policies and calendars, and what new cases follow."""
    found = run(_asked(lambda desk: desk.GetPolicies(pb.GetPoliciesRequest())))
    texts = [
        {
            "kind": pb.RuleText.Kind.Name(one.kind).removeprefix("KIND_").lower(),
            "id": one.rule_id,
            "version": one.version,
            "author": one.author_id,
            "followed": one.followed,
        }
        for one in found.texts
    ]
    rulings = [
        {"policy": one.policy_id, "category": one.category, "team": one.team} for one in found.choice.rulings
    ]
    if as_json:
        print_json({"service": found.choice.service_policy, "rules": rulings, "own": texts})
        return
    table = Table("kind", "id", "version", "author", "followed")
    for shown in texts:
        table.add_row(*(str(value) for value in shown.values()))
    console.print(table)
    for ruling in rulings:
        whose = f"what {ruling['team']} owns" if ruling["team"] else ruling["category"]
        typer.echo(f"{ruling['policy']} rules {whose or 'every complaint'}")


def _ruling(text: str) -> pb.Ruling:
    category, colon, name = text.partition(":")
    return pb.Ruling(policy_id=name, category=category) if colon else pb.Ruling(policy_id=text)


def _of_team(text: str) -> pb.Ruling:
    team, colon, name = text.partition(":")
    if not (team and colon and name):
        raise typer.BadParameter(f"TEAM:POLICY, not {text!r}")
    return pb.Ruling(policy_id=name, team=team)


def _keep(file: Path, kind: pb.RuleText.Kind) -> None:
    request = pb.KeepRuleRequest(kind=kind, text=file.read_text(encoding="utf-8"))
    kept = run(_asked(lambda desk: desk.KeepRule(request)))
    typer.echo(f"{kept.rule_id} version {kept.version}: kept; cases follow it once it is chosen")


async def _asked(call: Callable[[FollowupServiceAsyncStub], Awaitable[T]]) -> T:
    async with calls("followup", FollowupServiceStub) as desk:
        return await call(desk)
