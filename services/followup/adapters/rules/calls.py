"""The calls by which a tenant keeps policies and calendars of its own, and chooses what new cases follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from amends.followup.v1 import service_pb2 as pb

from services.chassis.clock import to_proto
from services.chassis.db import Connection, Database
from services.chassis.errors import ConfigError, PermissionRefused
from services.chassis.rpc import principal
from services.chassis.security import Principal, Scope, require
from services.followup.adapters import policies
from services.followup.adapters.documents import BadDocument
from services.followup.adapters.office import Office
from services.followup.adapters.rules import calendar_files, saying
from services.followup.adapters.rules import rows as choice_rows
from services.followup.adapters.rules.choices import named, shipped
from services.followup.adapters.rules.policy_files import Calendars
from services.followup.domain.choice import (
    Choice,
    Kind,
    RuleText,
    Ruling,
    demand_next,
    demand_second_person,
)
from services.followup.domain.errors import BadRule

_KINDS = {pb.RuleText.KIND_POLICY: Kind.POLICY, pb.RuleText.KIND_CALENDAR: Kind.CALENDAR}
_NUMBERS = {kind: number for number, kind in _KINDS.items()}
Texts = Mapping[tuple[Kind, str], RuleText]


async def keep(database: Database, office: Office, request: pb.KeepRuleRequest) -> pb.RuleText:
    """Keeps a version; the same text again changes nothing. Raises BadRule with line:column, NotChosen."""
    caller, kind, text = _writer(), _KINDS.get(request.kind), request.text
    if kind is None:
        raise BadRule("kind_unknown", "a text is a policy or a calendar")
    async with database.transaction({caller.tenant_id}) as tx:
        await choice_rows.lock(tx, caller.tenant_id)
        known = await choice_rows.newest(tx, caller.tenant_id)
        rule_id, version = _read(kind, text, office, known)
        before = known.get((kind, rule_id))
        if before is not None and before.text == text:
            return _text(before, followed=False)
        last = before.version if before else 0
        following = demand_next(kind, rule_id, version, last, shipped(kind))
        kept = RuleText(kind, rule_id, following, text, caller.employee_id or "", office.clock.now())
        await choice_rows.keep(tx, caller.tenant_id, kept)
        await saying.kept(tx, office, caller.tenant_id, kept)
    return _text(kept, followed=False)


async def choose(database: Database, office: Office, request: pb.ChoosePoliciesRequest) -> pb.PolicyChoice:
    """What new cases follow from now on, in the newest versions. Raises BadRule, OwnWriting."""
    caller = _writer()
    async with database.transaction({caller.tenant_id}) as tx:
        await choice_rows.lock(tx, caller.tenant_id)
        known = await choice_rows.newest(tx, caller.tenant_id)
        choice = await _choice(tx, office, caller, request, known)
        demand_second_person(named(choice, list(known.values())).values(), choice.chosen_by)
        await choice_rows.choose(tx, caller.tenant_id, choice)
        await saying.chosen(tx, office, caller.tenant_id, choice)
    office.policies.forget(caller.tenant_id)
    return _chosen(choice)


async def get(database: Database, request: pb.GetPoliciesRequest) -> pb.GetPoliciesResponse:
    """The choice, every version that was kept, and the ids of what ships."""
    caller = principal()
    require(caller, Scope.POLICIES_READ)
    async with database.transaction({caller.tenant_id}) as tx:
        choice = await choice_rows.last(tx, caller.tenant_id)
        texts = await choice_rows.texts(tx, caller.tenant_id)
    followed = named(choice, texts) if choice else {}
    told = [_text(one, followed=followed.get((one.kind, one.rule_id)) == one) for one in texts]
    if not request.with_texts:
        for one in told:
            one.ClearField("text")
    return pb.GetPoliciesResponse(
        choice=_chosen(choice) if choice else None, texts=told, shipped=sorted(shipped(Kind.POLICY))
    )


def _writer() -> Principal:
    caller = principal()
    require(caller, Scope.POLICIES_WRITE)
    if not caller.employee_id:
        raise PermissionRefused(
            "no_employee", "who writes and who chooses are two persons", {"caller": "an employee's key"}
        )
    return caller


def _read(kind: Kind, text: str, office: Office, known: Texts) -> tuple[str, int | None]:
    """The id and, of a policy, the version that a text says it is."""
    try:
        if kind is Kind.CALENDAR:
            calendar = calendar_files.parsed("calendar", text, office.policies.years, None)
            return calendar.calendar_id, None
        own = {rule_id: one.text for (of, rule_id), one in known.items() if of is Kind.CALENDAR}
        found = policies.either("policy", text, Calendars(office.policies.years, own))
    except BadDocument as bad:
        raise BadRule(f"bad_{kind}", f"{bad.line}:{bad.column}: {bad.said}") from bad
    name, _, version = found.policy_id.partition("@")
    return name, int(version)


async def _choice(
    tx: Connection, office: Office, caller: Principal, request: pb.ChoosePoliciesRequest, known: Texts
) -> Choice:
    before = await choice_rows.last(tx, caller.tenant_id)
    rulings = tuple(Ruling(one.policy_id, one.category, one.team) for one in request.rulings)
    newest: dict[Kind, dict[str, int]] = {}
    for (kind, rule_id), one in known.items():
        newest.setdefault(kind, {})[rule_id] = one.version
    wanted = {request.service_policy, *(one.policy_id for one in rulings)}
    own = {rule_id: number for rule_id, number in newest.get(Kind.POLICY, {}).items() if rule_id in wanted}
    choice = Choice(
        number=(before.number if before else 0) + 1,
        service_policy=request.service_policy,
        rulings=rulings,
        versions={Kind.POLICY: own, Kind.CALENDAR: newest.get(Kind.CALENDAR, {})},
        chosen_by=caller.employee_id or "",
        reason=request.reason,
        chosen_at=office.clock.now(),
    )
    try:
        found = office.policies.read(caller.tenant_id, choice, known)
    except ConfigError as error:
        raise BadRule("bad_choice", str(error)) from error
    counted = found.calendars()
    used = {name: number for name, number in newest.get(Kind.CALENDAR, {}).items() if name in counted}
    return replace(choice, versions={Kind.POLICY: own, Kind.CALENDAR: used})


def _text(of: RuleText, *, followed: bool) -> pb.RuleText:
    return pb.RuleText(
        kind=_NUMBERS[of.kind],
        rule_id=of.rule_id,
        version=of.version,
        text=of.text,
        author_id=of.author_id,
        kept_at=to_proto(of.kept_at),
        followed=followed,
    )


def _chosen(of: Choice) -> pb.PolicyChoice:
    return pb.PolicyChoice(
        number=of.number,
        service_policy=of.service_policy,
        rulings=[
            pb.Ruling(policy_id=one.policy_id, category=one.category, team=one.team) for one in of.rulings
        ],
        chosen_by=of.chosen_by,
        reason=of.reason,
        chosen_at=to_proto(of.chosen_at),
    )
