"""A tenant's own policy, from its file to the clocks of a case."""

from __future__ import annotations

import grpc
from amends.followup.v1 import events_pb2 as out
from amends.followup.v1 import service_pb2 as pb

from services.chassis.security import AccessRole
from tests.integration.followup.conftest import Run
from tests.integration.followup.test_deadlines import client, refusal
from tests.integration.followup.world import INTAKE, Story
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
        rulings = [pb.Ruling(policy_id="own"), pb.Ruling(policy_id="uk-fca-disp", category="billing")]
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
        assert len(await world.said(before.case_id, out.ClockPolicyApplied)) == 1
        found = await ben.GetPolicies(pb.GetPoliciesRequest())
        assert {(one.rule_id, one.version, one.followed) for one in found.texts} == {
            ("own", 1, True),
            ("shop", 1, True),
        }
        assert (found.choice.chosen_by, found.choice.reason) == ("ben", "The board says so")
        assert not (await other.GetPolicies(pb.GetPoliciesRequest())).texts
