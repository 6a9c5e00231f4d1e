"""Which handles go along with words that become a case of their own."""

from __future__ import annotations

from uuid import UUID

from services.intake.domain.parting import Going, Said, going

CASE, OTHER, THREAD, CHAT = (UUID(int=number) for number in range(1, 5))
MAILS = [Said(CASE, THREAD, "m-1", "first@x"), Said(CASE, THREAD, "m-2", "second@x")]
TEXTS = [Said(OTHER, CHAT, "s-1"), Said(OTHER, CHAT, "s-2")]


def test_a_mail_goes_with_its_own_id_and_its_thread_stays_with_what_stays() -> None:
    assert going(MAILS, {"m-1"}) == Going((CASE,), mail_ids=("first@x",))


def test_a_chat_goes_on_where_its_newest_word_is() -> None:
    assert going(TEXTS, {"s-2"}).ending == (CHAT,)
    assert going(TEXTS, {"s-1"}).ending == ()


def test_an_interaction_all_of_whose_words_go_goes_with_every_handle() -> None:
    along = going([*MAILS, *TEXTS], {"s-1", "s-2", "m-2"})
    assert (along.whole, along.mail_ids) == ((CHAT,), ("second@x",))
    assert along.origins == (CASE, OTHER)


def test_words_that_nobody_wrote_to_us_take_nothing_along() -> None:
    assert going([*MAILS, *TEXTS], {"segment-7"}) == Going()
