"""The end of the demonstration: what happened per channel, where the minute went, what held."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from amends.common.v1 import common_pb2 as common
from google.protobuf.json_format import MessageToDict
from rich.console import Console
from rich.table import Table

from services.standalone.demo.dossier import Dossier, collect
from services.standalone.demo.invariants import PARTY_KIND, World, judge
from services.standalone.demo.ledger import Answer, Ledger, What
from services.standalone.demo.play import Cast
from services.standalone.demo.scenario import Way
from services.standalone.tenants import call_tool

COUNTED = (
    "clocks_met",
    "clocks_breached",
    "promises_kept",
    "promises_broken",
    "closed_confirmed",
    "closed_withdrawn",
    "closed_unreachable",
    "closed_merged",
    "closed_not_a_complaint",
    "closed_final_response",
    "reopened",
    "hand_offs",
    "hand_offs_refused",
    "grants",
    "grants_revoked",
    "replies_stopped",
)
GAPS = ("t0_t1", "t1_t2", "t2_t3", "t3_t4", "t4_t5", "t5_t6", "headline")


async def survey(company: Cast, env: Mapping[str, str], token: str) -> World:
    """Ask the platform about everything and have the figures counted again. Raises AioRpcError."""
    desk = company.supervisor
    addresses = {sent.address: PARTY_KIND[sent.way] for sent in company.ledger.sent}
    found = {address: await desk.find(kind, address) for address, kind in addresses.items()}
    recounted = await _recount(env, token, company.scenario.tenant)
    dossiers = await collect(desk)
    return World(company.scenario, company.ledger, dossiers, found, company.postbox.copies(), recounted)


async def _recount(env: Mapping[str, str], token: str, tenant: str) -> str:
    """What `recount` complains about; empty when the figures are equal."""
    arguments = ("-m", "services.metrics", "recount", "--tenant", tenant, "--json")
    status, output, errors = await call_tool({**env, "AMENDS_TOKEN": token}, *arguments)
    if status == 0:
        return ""
    if status != 1:
        return errors.strip() or f"recount ended with status {status}"
    lines = [line for line in json.loads(output)["lines"] if not line["equal"]]
    told = (f"{one['channel']} {one['name']}: {one['recounted']} not {one['streamed']}" for one in lines)
    return "; ".join(told)


async def summarize(company: Cast, world: World, seconds: float) -> dict[str, Any]:
    """The summary as one JSON object."""
    windows = {window.channel: window for window in (await company.supervisor.summary()).windows}
    verdicts = judge(world)
    return {
        "holds": all(verdict.holds for verdict in verdicts),
        "seconds": round(seconds, 1),
        "channels": {way.value: _channel(world, way) for way in Way},
        "figures": {
            _channel_name(channel): MessageToDict(
                window, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
            )
            for channel, window in windows.items()
        },
        "refused": [_refused(one.note, one.way, one.answer) for one in _bad(world.ledger)],
        "kept_for_inspection": dict(Counter(one.code for one in await company.supervisor.rejected())),
        "counted": dict(sorted(world.ledger.notes.items())),
        "invariants": [
            {"name": one.name, "holds": one.holds, "problems": list(one.problems)} for one in verdicts
        ],
    }


def _channel(world: World, way: Way) -> dict[str, int]:
    sent = [one for one in world.ledger.sent if one.way is way]
    addresses = {one.address for one in world.ledger.complaints() if one.way is way}
    cases = [one for one in world.dossiers if one.address in addresses]
    return {
        "accepted": len(addresses),
        "repeats": sum(one.what is What.REPEAT for one in sent),
        "cases": len(cases),
        "answered": sum(_answered(one) for one in cases),
        "closed": sum(one.closed for one in cases),
        "refused": sum(one.what is What.BAD and not one.answer.accepted for one in sent),
    }


def _answered(one: Dossier) -> bool:
    """Whether a person's word has reached the customer: the clock says so, by the provider's receipt."""
    return any(clock.clock == "first_response" and clock.HasField("settled_at") for clock in one.clocks)


def _bad(ledger: Ledger) -> list[Any]:
    return [one for one in ledger.sent if one.what in (What.BAD, What.AUTOMATIC)]


def _refused(name: str, way: Way, answer: Answer) -> dict[str, object]:
    return {"input": name, "channel": way.value, "code": answer.code}


def _channel_name(channel: int) -> str:
    return common.Channel.Name(channel).removeprefix("CHANNEL_").lower() if channel else "all"


def show(summary: Mapping[str, Any], console: Console) -> None:
    """The summary for people."""
    console.print(_channels(summary["channels"]))
    console.print(_minute(summary["figures"]))
    console.print(_inputs(summary["refused"]))
    kept = ", ".join(f"{code} {count}" for code, count in sorted(summary["kept_for_inspection"].items()))
    console.print(f"kept for inspection: {kept}", highlight=False)
    console.print(_counted(summary), highlight=False)
    for invariant in summary["invariants"]:
        mark = "[green]holds[/]" if invariant["holds"] else "[red]BROKEN[/]"
        console.print(f"{mark:<16} {invariant['name']}", highlight=False)
        for problem in invariant["problems"]:
            console.print(f"         {problem}", markup=False, style="red", soft_wrap=True)
    told = "Everything holds." if summary["holds"] else "Something is broken."
    console.print(
        f"{told} {summary['seconds']:.0f} s.", style="bold green" if summary["holds"] else "bold red"
    )


def _channels(channels: Mapping[str, Mapping[str, int]]) -> Table:
    columns = ("accepted", "repeats", "cases", "answered", "closed", "refused")
    table = Table("channel", *columns, title="Complaints", title_justify="left", box=None)
    for name, row in channels.items():
        table.add_row(name, *(str(row[column]) for column in columns))
    total = [str(sum(row[column] for row in channels.values())) for column in columns]
    table.add_row("all", *total, style="bold")
    return table


def _minute(figures: Mapping[str, Mapping[str, Any]]) -> Table:
    """Where the sixty seconds went: p50 and p95 of each stretch in seconds."""
    title = "Sixty seconds, from the provider's origin (t0) to its receipt (t6): p50/p95 in seconds"
    table = Table("channel", *GAPS, "<= 60 s", "unknown", title=title, title_justify="left", box=None)
    for name, window in figures.items():
        gaps = {gap["name"]: gap for gap in window["gaps"]}
        cells = [_gap(gaps.get(gap)) for gap in GAPS]
        known = int(window["answered"]) - int(window["unknown"])
        share = f"{int(window['within_60s'])}/{known}" if known else "-"
        table.add_row(name, *cells, share, str(window["unknown"]), style="bold" if name == "all" else "")
    return table


def _gap(gap: Mapping[str, Any] | None) -> str:
    if gap is None or not int(gap["known"]):
        return "-"
    return f"{gap['p50_s']:.2f}/{gap['p95_s']:.2f}"


def _inputs(refused: Sequence[Mapping[str, object]]) -> Table:
    table = Table("what else came in", "channel", "answer", box=None)
    for one in refused:
        table.add_row(str(one["input"]), str(one["channel"]), str(one["code"]))
    return table


def _counted(summary: Mapping[str, Any]) -> str:
    every = summary["figures"].get("all", {})
    return "  ".join(f"{name.replace('_', ' ')} {every.get(name, 0)}" for name in COUNTED)
