"""What a playbook's step may ask for beside the five goods: empathy, contact, prevention, in both packs."""

from __future__ import annotations

import pytest

from services.resolution.app.rules import Rules
from services.resolution.domain.replycheck import Reading, check, goods_in

ALSO = {"empathy", "contact", "prevention"}


def _also(rules: Rules, language: str, text: str) -> set[str]:
    return ALSO & set(goods_in(text, "", rules.packs[language]))


@pytest.mark.parametrize(
    ("language", "good", "text"),
    [
        ("en", "empathy", "I can hear how much this has cost you."),
        ("en", "empathy", "That must have been exhausting, with two children and no hotel."),
        ("en", "empathy", "You have every right to be angry."),
        ("en", "empathy", "I would feel the same in your place."),
        ("en", "empathy", "I understand how worrying three days without heating are."),
        ("en", "empathy", "I really do see why you are upset."),
        ("en", "empathy", "That sounds awful."),
        ("en", "empathy", "No wonder you are annoyed."),
        ("en", "contact", "My direct line is 555 0199, until nine at night."),
        ("en", "contact", "If anything else comes up, call me, not the hotline."),
        ("en", "contact", "You can reach me directly under this number."),
        ("en", "contact", "Just reply to this e-mail, it comes to me."),
        ("en", "contact", "Ask for me, extension 412."),
        ("en", "contact", "Whenever something is still open, write to me."),
        ("en", "contact", "Write to ana@example.com if there is more."),
        ("en", "prevention", "We have changed the form so that this cannot happen again."),
        ("en", "prevention", "From now on every bill is checked by two people."),
        ("en", "prevention", "I am making sure that nobody else goes through this."),
        ("en", "prevention", "This will never happen to you again."),
        ("en", "prevention", "To prevent it from happening again, the valve was replaced."),
        ("en", "prevention", "We now double-check every address before a parcel leaves."),
        ("de", "empathy", "Ich kann gut verstehen, wie ärgerlich das für Sie war."),
        ("de", "empathy", "Das muss furchtbar gewesen sein."),
        ("de", "empathy", "Sie sind zu Recht verärgert."),
        ("de", "empathy", "An Ihrer Stelle wäre ich auch wütend."),
        ("de", "empathy", "Ich höre, wie sehr Sie das belastet."),
        ("de", "empathy", "Ich verstehe Ihren Ärger."),
        ("de", "contact", "Sie erreichen mich direkt unter 0551 12345."),
        ("de", "contact", "Meine Durchwahl ist die 412."),
        ("de", "contact", "Rufen Sie mich an, wenn noch etwas offen ist."),
        ("de", "contact", "Antworten Sie einfach auf diese Mail."),
        ("de", "contact", "Wenn noch Fragen bleiben, melden Sie sich direkt bei mir."),
        ("de", "prevention", "Wir haben den Ablauf geändert, damit das nicht wieder passiert."),
        ("de", "prevention", "Das wird Ihnen nie wieder passieren."),
        ("de", "prevention", "Ab sofort prüfen zwei Leute jede Rechnung."),
        ("de", "prevention", "Ich sorge dafür, dass so etwas nicht mehr vorkommt."),
    ],
)
def test_it_is_found_where_it_is_given(rules: Rules, language: str, good: str, text: str) -> None:
    assert _also(rules, language, text) == {good}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I cannot understand why you are upset."),
        ("en", "I understand that you are upset, but the rules are the rules."),
        ("en", "You have to understand how this works."),
        ("en", "There is no reason to be upset."),
        ("en", "It is hard for us to find staff."),
        ("en", "Please do not reply to this message."),
        ("en", "You should have called us earlier."),
        ("en", "I will call you tomorrow at nine."),
        ("en", "Contact the courier with your tracking number."),
        ("en", "I cannot promise that it will not happen again."),
        ("en", "Please make sure it does not happen again."),
        ("en", "I hope this will not happen again."),
        ("en", "Call again if it breaks."),
        ("de", "Ich kann nicht verstehen, warum Sie sich ärgern."),
        ("de", "Sie müssen verstehen, dass das so ist."),
        ("de", "Ich verstehe Ihren Ärger, aber so sind die Regeln."),
        ("de", "Es gibt keinen Grund, sich zu ärgern."),
        ("de", "Bitte antworten Sie nicht auf diese Mail."),
        ("de", "Ich rufe Sie morgen an."),
        ("de", "Wenden Sie sich an die Post."),
        ("de", "Ich kann nicht versprechen, dass das nicht wieder passiert."),
        ("de", "Bitte sorgen Sie dafür, dass das nicht wieder passiert."),
        ("de", "Ich hoffe, dass das nicht noch einmal passiert."),
    ],
)
def test_it_is_not_found_where_it_only_sounds_like_it(rules: Rules, language: str, text: str) -> None:
    assert _also(rules, language, text) == set()


@pytest.mark.parametrize("language", ["en", "de"])
def test_none_of_the_three_is_ever_missed_in_a_reply_of_itself(rules: Rules, language: str) -> None:
    missed = {
        finding.category
        for moment in ("first", "reply", "proposal", "introduction", "progress", "circle_back")
        for finding in check(Reading("...", "Maria", moment), rules.packs[language]).findings
    }
    assert not missed & ALSO
