"""A tenant's own policy, from its file to the clocks of a case."""

from __future__ import annotations

import json
import os
from pathlib import Path

import grpc
import pytest
from amends.followup.v1 import events_pb2 as out
from amends.followup.v1 import service_pb2 as pb

from services.chassis.security import AccessRole, ApiKeys
from services.standalone.tenants import call_tool
from tests.integration.followup.conftest import Run
from tests.integration.followup.test_deadlines import client, refusal
from tests.integration.followup.world import INTAKE, RESOLUTION, Story
from tests.unit.followup.test_checking import OWN, SHOP

POLICY, CALENDAR = pb.RuleText.KIND_POLICY, pb.RuleText.KIND_CALENDAR
OURS = OWN.replace("version: 3", "version: 1")


async def test_two_persons_put_a_policy_into_force_for_the_cases_that_begin_later(run: Run) -> None:
    before, after = Story(), Story()
    async with (
        run(regulators=("acme:uk-ofcom",)) as world,
        client(world, "ana", role=AccessRole.SUPERVISOR) as ana,
        client(world, "ben", role=AccessRole.SUPERVISOR) as ben,
        client(world, "eve", "other", AccessRole.SUPERVISOR) as other,
    ):
        await world.say(INTAKE, before.case_id, before.complaint())
        (applied,) = await world.hear(before.case_id, out.ClockPolicyApplied)
        assert applied.policy_id == "uk-ofcom@2"
        unknown = ana.KeepRule(pb.KeepRuleRequest(kind=POLICY, text=OURS))
        assert await refusal(unknown) == (grpc.StatusCode.INVALID_ARGUMENT, "bad_policy")
        shop = await ana.KeepRule(pb.KeepRuleRequest(kind=CALENDAR, text=SHOP))
        assert (shop.rule_id, shop.version) == ("shop", 1)
        kept = await ana.KeepRule(pb.KeepRuleRequest(kind=POLICY, text=OURS))
        assert await ana.KeepRule(pb.KeepRuleRequest(kind=POLICY, text=OURS)) == kept
        rulings = [
            pb.Ruling(policy_id="own"),
            pb.Ruling(policy_id="uk-fca-disp", category="billing"),
            pb.Ruling(policy_id="uk-ofcom", team="paris"),
        ]
        chosen = pb.ChoosePoliciesRequest(rulings=rulings, reason="The board says so")
        assert await refusal(ana.ChoosePolicies(chosen)) == (
            grpc.StatusCode.PERMISSION_DENIED,
            "own_writing",
        )
        nowhere = pb.ChoosePoliciesRequest(rulings=[pb.Ruling(policy_id="nowhere")], reason="A slip")
        assert (await refusal(ben.ChoosePolicies(nowhere)))[1] == "bad_choice"
        assert (await ben.ChoosePolicies(chosen)).number == 1
        complaint = after.complaint()
        complaint.category = "billing"
        await world.say(INTAKE, after.case_id, complaint)
        said = await world.hear(after.case_id, out.ClockPolicyApplied, 2)
        assert [(one.policy_id, one.because) for one in said] == [
            ("own@1", "tenant"),
            ("uk-fca-disp@2", "category:billing"),
        ]
        owned = after.owned()
        owned.owner.team = "paris"
        await world.say(RESOLUTION, after.case_id, owned)
        *_, of_team = await world.hear(after.case_id, out.ClockPolicyApplied, 3)
        assert (of_team.policy_id, of_team.because) == ("uk-ofcom@2", "team:paris")
        assert len(await world.said(before.case_id, out.ClockPolicyApplied)) == 1
        found = await ben.GetPolicies(pb.GetPoliciesRequest())
        assert {(one.rule_id, one.version, one.followed) for one in found.texts} == {
            ("own", 1, True),
            ("shop", 1, True),
        }
        assert (found.choice.chosen_by, found.choice.reason) == ("ben", "The board says so")
        (ours,) = await world.said("own", out.RuleKept)
        assert (ours.kind, ours.version, ours.author_id) == ("policy", 1, "ana")
        (said_of,) = await world.said("acme", out.PoliciesChosen)
        assert (said_of.number, said_of.chosen_by, said_of.reason) == (1, "ben", "The board says so")
        assert [(one.policy_id, one.category, one.team) for one in said_of.rulings] == [
            ("own", "", ""),
            ("uk-fca-disp", "billing", ""),
            ("uk-ofcom", "", "paris"),
        ]
        assert {(one.kind, one.rule_id, one.version) for one in said_of.versions} == {
            ("policy", "own", 1),
            ("calendar", "shop", 1),
        }
        assert not (await other.GetPolicies(pb.GetPoliciesRequest())).texts


@pytest.mark.timeout(420)  # five processes, each some seconds of a busy machine
async def test_the_command_line_keeps_chooses_and_lists(run: Run, tmp_path: Path) -> None:
    files = {name: tmp_path / f"{name}.yaml" for name in ("own", "shop")}
    files["own"].write_text(OURS)
    files["shop"].write_text(SHOP)
    async with run() as world:
        keys = {
            name: await ApiKeys(world.database).create("acme", "supervisor", name) for name in ("ana", "ben")
        }

        async def amends(by: str, *arguments: str) -> tuple[int, str]:
            reached = {"AMENDS_TOKEN": keys[by], "AMENDS_FOLLOWUP_GRPC_BIND": f"127.0.0.1:{world.port}"}
            tool = call_tool({**os.environ, **reached}, "-m", "services.cli.main", *arguments)
            status, output, wrong = await tool
            return status, output + wrong

        told = "version 1: kept; cases follow it once it is chosen\n"
        assert await amends("ana", "calendar", "keep", str(files["shop"])) == (0, f"shop {told}")
        assert await amends("ana", "policy", "keep", str(files["own"])) == (0, f"own {told}")
        choice = ("policy", "choose", "--rule", "own", "--rule", "billing:uk-fca-disp", "--reason", "Ours")
        status, refused = await amends("ana", *choice)
        assert (status, "own_writing" in refused or "PERMISSION_DENIED" in refused) == (1, True)
        assert await amends("ben", *choice) == (0, "choice 1: new cases follow it\n")
        status, listed = await amends("ben", "policy", "list", "--json")
    found = json.loads(listed)
    assert [(one["policy"], one["category"]) for one in found["rules"]] == [
        ("own", ""),
        ("uk-fca-disp", "billing"),
    ]
    assert {(one["kind"], one["id"], one["version"], one["followed"]) for one in found["own"]} == {
        ("policy", "own", 1, True),
        ("calendar", "shop", 1, True),
    }
