"""`amends preferences`: how a customer wants to be reached, over gRPC with the key in AMENDS_TOKEN."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated

import typer
from amends.common.v1 import common_pb2
from amends.followup.v1 import service_pb2 as pb
from amends.followup.v1.service_pb2_grpc import FollowupServiceStub
from google.protobuf.json_format import MessageToDict

from services.cli.calls import calls
from services.cli.common import print_json, run
from services.cli.visible import visible_line

_PREFIX = "CHANNEL_"
NONE = "none"
OTHERS = "the tenant's"

app = typer.Typer(help="How a customer wants to be reached.", no_args_is_help=True)

Customer = Annotated[str, typer.Argument(help="the customer's id", show_default=False)]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON, one object")]


@app.command()
def show(customer_id: Customer, as_json: JsonOption = False) -> None:
    """Show the channels a customer prefers and refuses, their time zone and their quiet hours."""
    _say(run(asked(customer_id, None)), as_json=as_json)


@app.command("set")
def set_(
    customer_id: Customer,
    prefer: Annotated[list[str] | None, typer.Option(help="a channel, the best first; none: no more")] = None,
    refuse: Annotated[list[str] | None, typer.Option(help="a channel to leave alone; none: no more")] = None,
    zone: Annotated[str, typer.Option(help="IANA, as Europe/Berlin; none: the tenant's")] = "",
    quiet: Annotated[str, typer.Option(help="as 21:00-08:00; none: the tenant's")] = "",
    as_json: JsonOption = False,
) -> None:
    """Write down what a customer told us; what is left out stays as it was."""

    def changed(told: pb.ContactPreferences) -> pb.ContactPreferences:
        return change(told, prefer, refuse, zone, quiet)

    _say(run(asked(customer_id, changed)), as_json=as_json)


def change(
    told: pb.ContactPreferences,
    prefer: list[str] | None,
    refuse: list[str] | None,
    zone: str,
    quiet: str,
) -> pb.ContactPreferences:
    """What is known with what was said now. Raises typer.BadParameter."""
    new = pb.ContactPreferences(
        customer_id=told.customer_id,
        preferred=_names(told.preferred) if prefer is None else _named(prefer),
        refused=_names(told.refused) if refuse is None else _named(refuse),
        time_zone=told.time_zone,
        quiet_since=told.quiet_since,
        quiet_until=told.quiet_until,
    )
    if zone:
        new.time_zone = "" if zone == NONE else zone
    if quiet:
        since, dash, until = ("", "-", "") if quiet == NONE else quiet.partition("-")
        if not dash:
            raise typer.BadParameter(f"21:00-08:00, not {quiet!r}")
        new.quiet_since, new.quiet_until = since.strip(), until.strip()
    return new


def lines(told: pb.ContactPreferences) -> list[str]:
    """The preferences to read."""
    quiet = f"{told.quiet_since}-{told.quiet_until}" if told.quiet_since else OTHERS
    return [
        f"prefers {_shown(told.preferred)}",
        f"refuses {_shown(told.refused)}",
        f"time zone {told.time_zone or OTHERS}",
        f"quiet hours {quiet}",
    ]


async def asked(
    customer_id: str, change_it: Callable[[pb.ContactPreferences], pb.ContactPreferences] | None
) -> pb.ContactPreferences:
    """The preferences of a customer as they are, or as `change_it` leaves them."""
    async with calls("followup", FollowupServiceStub) as desk:
        told = await desk.GetContactPreferences(pb.GetContactPreferencesRequest(customer_id=customer_id))
        return told if change_it is None else await desk.SetContactPreferences(change_it(told))


def _say(told: pb.ContactPreferences, *, as_json: bool) -> None:
    if as_json:
        print_json(MessageToDict(told, preserving_proto_field_name=True))
        return
    for line in lines(told):
        typer.echo(visible_line(line))


def _named(said: list[str]) -> list[str]:
    names = {one.removeprefix(_PREFIX).lower(): one for one in common_pb2.Channel.keys()[1:]}
    wanted = [one.strip().lower() for one in said if one != NONE]
    for one in wanted:
        if one not in names:
            raise typer.BadParameter(f"one of {', '.join(names)}, not {one!r}")
    return [names[one] for one in wanted]


def _names(channels: Iterable[common_pb2.Channel]) -> list[str]:
    return [common_pb2.Channel.Name(one) for one in channels]


def _shown(channels: Iterable[common_pb2.Channel]) -> str:
    return ", ".join(one.removeprefix(_PREFIX).lower() for one in _names(channels)) or NONE
