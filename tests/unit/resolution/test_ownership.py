"""Nothing goes up, nothing is taken, and ownership moves only with the customer present."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.decide import ownership, replies
from services.resolution.domain.errors import BadCommand, NotNow, NotYours, Refusal
from services.resolution.domain.words import Because, Person, ReplyKind
from tests.unit.resolution.world import FIRST_REPLY, World


def offer(world: World, to: Person, **more: object) -> list[e.Event]:
    assert world.case is not None
    command = c.OfferHandOff(
        world.ana, "h-1", to, True, "Speaks Italian", "Flight late", False, world.now + timedelta(minutes=15)
    )
    return ownership.offer(world.case, replace(command, **more), world.now)  # type: ignore[arg-type]


def accept(world: World, by: Person, *, read: bool = True) -> list[e.Event]:
    assert world.case is not None
    return ownership.accept(world.case, c.AcceptHandOff(by, "h-1", read), world.now)


def refusal(refused: pytest.ExceptionInfo[Refusal]) -> tuple[str, tuple[e.Event, ...]]:
    return refused.value.rule, refused.value.events


def test_a_warm_hand_off_offer_introduction_accept(world: World) -> None:
    world.open()
    world.apply(*offer(world, world.ben))
    assert world.case is not None
    world.apply(*ownership.hear_introduced(world.case, "h-1", "contact-7", world.tick()))
    accepted, assigned = accept(world, world.ben)
    case = world.apply(accepted, assigned)
    assert (case.owner, case.first_contact, case.hand_off) == (world.ben, world.ana, None)
    assert isinstance(assigned, e.OwnerAssigned)
    assert assigned.because is Because.HAND_OFF


def test_passing_a_case_up_is_refused_and_kept_on_record(world: World) -> None:
    world.open()
    with pytest.raises(NotNow) as refused:
        offer(world, world.vic)
    rule, events = refusal(refused)
    assert rule == "rank_would_rise"
    assert events == (e.HandOffRefused("ana", "vic", "rank_would_rise"),)
    assert refused.value.allowed == {"max_rank": "0", "instead": "join_as_helper"}


def test_nobody_gives_away_what_another_owns(world: World) -> None:
    world.open()
    with pytest.raises(NotYours) as refused:
        offer(world, world.vic, actor=world.vic)
    assert refusal(refused) == ("not_the_owner", (e.HandOffRefused("vic", "vic", "not_the_owner"),))


def test_somebody_absent_is_not_handed_a_case(world: World) -> None:
    world.open()
    with pytest.raises(NotNow) as refused:
        offer(world, world.ben, receiver_present=False)
    assert refusal(refused)[0] == "receiver_absent"


def test_a_case_is_not_handed_to_its_owner(world: World) -> None:
    world.open()
    with pytest.raises(BadCommand):
        offer(world, world.ana)


def test_one_offer_at_a_time(world: World) -> None:
    world.open()
    world.apply(*offer(world, world.ben))
    with pytest.raises(NotNow) as refused:
        offer(world, world.ben, hand_off_id="h-2")
    assert refusal(refused) == ("hand_off_pending", ())


def test_the_receiver_does_not_accept_before_the_customer_is_there(world: World) -> None:
    world.open()
    world.apply(*offer(world, world.ben))
    with pytest.raises(NotNow) as refused:
        accept(world, world.ben)
    rule, events = refusal(refused)
    assert rule == "customer_not_present"
    assert events == (e.HandOffRefused("ben", "ben", "customer_not_present"),)


def test_nor_without_having_read_the_summary_nor_after_the_offer_ran_out(world: World) -> None:
    world.open()
    world.apply(*offer(world, world.ben))
    with pytest.raises(NotNow, match="summary"):
        accept(world, world.ben, read=False)
    world.tick(timedelta(minutes=15))
    with pytest.raises(NotNow, match="run out"):
        accept(world, world.ben)


def test_only_the_receiver_accepts_or_declines(world: World) -> None:
    world.open()
    case = world.apply(*offer(world, world.ben))
    with pytest.raises(NotYours) as refused:
        accept(world, world.lea)
    assert refusal(refused)[0] == "not_the_receiver"
    with pytest.raises(NotYours):
        ownership.decline(case, c.DeclineHandOff(world.lea, "h-1", "no"))


def test_a_receiver_promoted_meanwhile_can_no_longer_accept(world: World) -> None:
    world.open()
    world.apply(*offer(world, world.ben))
    with pytest.raises(NotNow) as refused:
        accept(world, replace(world.ben, rank=2))
    assert refusal(refused)[0] == "rank_would_rise"


def test_declining_leaves_the_owner(world: World) -> None:
    world.open()
    case = world.apply(*offer(world, world.ben))
    case = world.apply(*ownership.decline(case, c.DeclineHandOff(world.ben, "h-1", "On a call")))
    assert (case.owner, case.hand_off) == (world.ana, None)


def test_an_offer_runs_out_only_at_its_time_and_only_if_it_is_still_the_one(world: World) -> None:
    world.open()
    case = world.apply(*offer(world, world.ben))
    assert ownership.time_out(case, "h-1", world.now) == []
    late = world.now + timedelta(minutes=15)
    assert ownership.time_out(case, "h-0", late) == []
    case = world.apply(*ownership.time_out(case, "h-1", late))
    assert (case.owner, case.hand_off) == (world.ana, None)
    assert ownership.time_out(case, "h-1", late) == []


def test_a_live_hand_off_needs_a_call_and_is_introduced_by_coming_into_it(world: World) -> None:
    world.open()
    with pytest.raises(NotNow, match="no live session"):
        offer(world, world.ben, live=True)
    world.apply(e.CallStarted("call-1", "CA1"))
    world.apply(*offer(world, world.ben, live=True))
    assert world.case is not None
    stranger = e.CallJoined("call-1", "CA1", "lea", world.now)
    world.apply(*ownership.hear_joined(world.case, stranger))
    with pytest.raises(NotNow, match="not with both"):
        accept(world, world.ben)
    events = ownership.hear_joined(world.case, e.CallJoined("call-1", "CA1", "ben", world.now))
    assert events[1] == e.HandOffIntroduced("h-1", "CA1", world.now)
    world.apply(*events)
    assert world.apply(*accept(world, world.ben)).owner == world.ben


def test_a_receiver_already_in_the_call_is_introduced_with_the_offer(world: World) -> None:
    world.open(call_id="call-1")
    world.apply(e.CallJoined("call-1", "CA1", "ben", world.now))
    offered, introduced = offer(world, world.ben, live=True)
    assert isinstance(introduced, e.HandOffIntroduced)
    assert world.apply(offered, introduced).hand_off is not None


def test_a_call_that_ends_before_the_receiver_accepted_ends_the_introduction(world: World) -> None:
    world.open(call_id="call-1")
    world.apply(e.CallJoined("call-1", "CA1", "ben", world.now))
    world.apply(*offer(world, world.ben, live=True), e.CallEnded("call-1"))
    with pytest.raises(NotNow, match="not with both"):
        accept(world, world.ben)


def test_who_comes_into_a_call_after_its_end_brings_no_customer_back(world: World) -> None:
    world.open(call_id="call-1")
    assert world.apply(e.CallEnded("call-1")).call is None
    late = e.CallJoined("call-1", "CA1", "ben", world.now)
    assert world.case is not None
    assert ownership.hear_joined(world.case, late) == []
    with pytest.raises(NotNow, match="no live session"):
        offer(world, world.ben, live=True)
    world.apply(e.CallStarted("call-2", "CA2"))
    assert ownership.hear_joined(world.case, late) == []


def test_the_end_of_another_call_is_nothing_to_this_one(world: World) -> None:
    world.open(call_id="call-1")
    assert world.apply(e.CallEnded("call-0")).call is not None


def test_a_delivered_mail_does_not_introduce_in_a_live_hand_off(world: World) -> None:
    world.open(call_id="call-1")
    case = world.apply(*offer(world, world.ben, live=True))
    assert ownership.hear_introduced(case, "h-1", "contact-7", world.now) == []


def test_an_introduction_must_name_the_receiver_to_the_customer(world: World) -> None:
    world.open()
    world.apply(*offer(world, world.ben))
    assert world.case is not None
    intro = c.SendReply(
        world.ana,
        "r-1",
        ReplyKind.INTRODUCTION,
        FIRST_REPLY + " A colleague will join us.",
        hand_off_id="h-1",
    )
    pack, playbook = world.rules.pack_of(world.case), world.rules.playbook
    with pytest.raises(NotNow) as refused:
        replies.send(world.case, intro, world.now, pack, playbook)
    assert refused.value.allowed == {"name": "Ben Okoro"}
    named = replace(intro, text=FIRST_REPLY + " Ben Okoro will join us here.")
    assert len(replies.send(world.case, named, world.now, pack, playbook)) == 2
    with pytest.raises(NotNow) as refused:
        replies.send(world.case, replace(named, hand_off_id="h-9"), world.now, pack, playbook)
    assert refused.value.rule == "no_such_hand_off"


def test_help_comes_down_at_any_rank_and_never_moves_ownership(world: World) -> None:
    case = world.open()
    case = world.apply(*ownership.help_out(case, world.vic))
    assert (case.helpers, case.owner) == ((world.vic,), world.ana)
    assert ownership.help_out(case, world.vic) == []
    with pytest.raises(BadCommand):
        ownership.help_out(case, world.ana)
    assert world.apply(*ownership.stop_helping(case, world.vic)).helpers == ()
    assert ownership.stop_helping(world.apply(), world.vic) == []


def test_a_helper_who_takes_over_helps_no_longer(world: World) -> None:
    case = world.open()
    world.apply(*ownership.help_out(case, world.ben))
    world.apply(*offer(world, world.ben))
    assert world.case is not None
    world.apply(*ownership.hear_introduced(world.case, "h-1", "c-1", world.now))
    assert world.apply(*accept(world, world.ben)).helpers == ()


def test_the_owner_takes_an_offer_back_and_can_then_ask_somebody_else(world: World) -> None:
    world.open()
    case = world.apply(*offer(world, world.ben))
    with pytest.raises(NotYours):
        ownership.withdraw(case, c.WithdrawHandOff(world.ben, "h-1", "no"))
    with pytest.raises(NotNow, match="not on offer"):
        ownership.withdraw(case, c.WithdrawHandOff(world.ana, "h-9", "no"))
    case = world.apply(*ownership.withdraw(case, c.WithdrawHandOff(world.ana, "h-1", "Ben is on a call")))
    assert (case.owner, case.hand_off) == (world.ana, None)
    world.apply(*offer(world, world.ben, hand_off_id="h-2"))
    with pytest.raises(NotNow, match="not on offer"):
        accept(world, world.ben)


def test_an_offer_ends_when_its_receiver_goes_absent_and_nobody_elses_absence_ends_it(world: World) -> None:
    world.open()
    case = world.apply(*offer(world, world.ben))
    assert ownership.hear_absent(case, "lea") == []
    (declined,) = ownership.hear_absent(case, "ben")
    assert declined == e.HandOffDeclined("h-1", "ben", "receiver_absent")
    assert ownership.hear_absent(world.apply(declined), "ben") == []


def test_a_customer_who_leaves_the_call_is_introduced_in_writing_with_the_time_of_that(world: World) -> None:
    world.open(call_id="call-1")
    world.apply(e.CallJoined("call-1", "CA1", "ben", world.now))
    case = world.apply(*offer(world, world.ben, live=True))
    assert case.hand_off is not None
    assert case.hand_off.introduced
    limit = timedelta(minutes=15)
    case = world.apply(*ownership.hear_ended(case, e.CallEnded("call-1"), world.now, limit))
    assert case.hand_off is not None
    assert (case.hand_off.live, case.hand_off.introduced) == (False, False)
    assert case.hand_off.expires_at == world.now + limit
    with pytest.raises(NotNow, match="not with both"):
        accept(world, world.ben)
    world.apply(*ownership.hear_introduced(case, "h-1", "contact-7", world.tick()))
    assert world.apply(*accept(world, world.ben)).owner == world.ben


def test_a_live_offer_ends_with_the_call_of_a_customer_who_cannot_be_written_to(world: World) -> None:
    world.open(call_id="call-1", address=None)
    case = world.apply(*offer(world, world.ben, live=True))
    ended, declined = ownership.hear_ended(case, e.CallEnded("call-1"), world.now, timedelta(1))
    assert declined == e.HandOffDeclined("h-1", "", "customer_left")
    assert world.apply(ended, declined).hand_off is None


def test_the_end_of_a_call_is_nothing_to_an_offer_in_writing_or_in_another_call(world: World) -> None:
    world.open(call_id="call-1")
    case = world.apply(*offer(world, world.ben))
    assert ownership.hear_ended(case, e.CallEnded("call-1"), world.now, timedelta(1)) == [
        e.CallEnded("call-1")
    ]
    world.apply(*ownership.withdraw(case, c.WithdrawHandOff(world.ana, "h-1", "")))
    case = world.apply(*offer(world, world.ben, live=True))
    assert len(ownership.hear_ended(case, e.CallEnded("call-0"), world.now, timedelta(1))) == 1


def test_the_owner_invites_help_of_any_rank_once_and_it_comes_by_joining(world: World) -> None:
    case = world.open()
    invitation = c.InviteHelper(world.ana, world.vic, "May I promise a new ticket?")
    with pytest.raises(NotYours):
        ownership.invite(case, replace(invitation, actor=world.ben))
    with pytest.raises(BadCommand):
        ownership.invite(case, replace(invitation, helper=world.ana))
    with pytest.raises(BadCommand):
        ownership.invite(case, replace(invitation, question=" "))
    case = world.apply(*ownership.invite(case, invitation))
    assert (case.invited, case.helpers, case.owner) == ((world.vic,), (), world.ana)
    assert ownership.invite(case, invitation) == []
    case = world.apply(*ownership.help_out(case, world.vic))
    assert (case.invited, case.helpers) == ((), (world.vic,))
    assert ownership.invite(case, invitation) == []
