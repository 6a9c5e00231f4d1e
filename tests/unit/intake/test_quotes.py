"""Replies trimmed for display: the customer's words stay, whatever language announces the history."""

from __future__ import annotations

import re
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.adapters.channels.quotes import newest_words
from services.intake.domain.text import clean_text
from services.intake.domain.threading import is_forward, is_reply
from tests.unit.intake.corpora import corpus


@pytest.mark.parametrize(
    ("text", "newest"),
    [
        ("New.\n\nOn Monday Ada wrote:\n> Old.", "New."),
        ("Neu.\n\nAm 22.11.2026 um 10:00 schrieb Ada <a@b.example>:\n> Alt.", "Neu."),
        ("Nouveau.\n\nLe lundi 22, Ada a écrit :\n> Vieux.", "Nouveau."),
        (
            "New.\n\nOn Monday, 22 November 2026 at 10:00, Ada Lovelace\n<ada@example.org> wrote:\n> Old.",
            "New.",
        ),
        ("New.\n-----Original Message-----\nFrom: Ada", "New."),
        ("New.\n\nFrom: Ada\nSent: Monday\nTo: Care\nSubject: Roof\n\nOld.", "New."),
        ("> quoted\nAnswer between.\n> more", "Answer between."),
        ("New.\n--\nAda Lovelace\nEngineer", "New."),
        ("On time is what you were not.", "On time is what you were not."),
        ("> only quoted", "> only quoted"),
    ],
)
def test_the_newest_words_of_a_reply(text: str, newest: str) -> None:
    assert newest_words(text) == newest


ANNOUNCED = {
    "de": "Max Muster <care@harbour.example> schrieb am Fr., 28.\nApr. 2026 um 11:53 Uhr:",
    "de Outlook": "Von: Care <care@harbour.example>\nGesendet: Montag\nAn: Ada\nBetreff: Zimmer",
    "de divider": "-----Ursprüngliche Nachricht-----\nVon: Care",
    "fr": "Le lun. 22 nov. 2026 à 10:00, Service Client <care@harbour.example> a\nécrit :",
    "fr Outlook": "De : Care <care@harbour.example>\nEnvoyé : lundi 22\nÀ : Ada\nObjet : Chambre",
    "es": "El lun, 22 nov 2026 a las 10:00, Care (<care@harbour.example>) escribió:",
    "it": "Il giorno lun 22 nov 2026 alle ore 10:00 Care <care@harbour.example> ha\nscritto:",
    "nl": "Op ma 22 nov. 2026 om 10:00 schreef Care <care@harbour.example>:",
    "nl Outlook": "Van: Care\nVerzonden: maandag 22 november\nAan: Ada\nOnderwerp: Kamer",
    "pt": "Em 2 de fevereiro de 2026 10:58, Care <\ncare@harbour.example> escreveu:",
    "pl": "pon., 22 lis 2026 o 10:00 Care <care@harbour.example> napisał(a):",
    "pl Outlook": "Od: Care <care@harbour.example>\nWysłano: 22 listopada\nDo: Ada\nTemat: Pokój",
    "cs": "po 22. 11. 2026 v 10:00 odesílatel Care <care@harbour.example> napsal:",
    "cs divider": "---------- Původní e-mail ----------\nOd: Care <care@harbour.example>",
    "sv": "Den mån 22 nov. 2026 kl 10:00 skrev Care <care@harbour.example>:",
    "da": "Den man. 22. nov. 2026 kl. 10.00 skrev Care <care@harbour.example>:",
    "da Outlook": "Fra: Care <care@harbour.example>\nSendt: 22. november\nTil: Ada\nEmne: Værelse",
    "ru": "20 окт. 2026 г. 19:37 пользователь Care <\ncare@harbour.example> написал:",
    "ja": "2026年11月22日(月) 10:00 Care <care@harbour.example>:",
    "ja Outlook": "差出人: Care <care@harbour.example>\n送信日時: 2026年11月22日\n宛先: Ada\n件名: 部屋",
    "zh": "在 2026年12月12日，下午8:45，Care <care@harbour.example> 写道：",
    "zh Outlook": "发件人: Care <care@harbour.example>\n发送时间: 2026年\n收件人: Ada\n主题: 房间",
    "zh divider": "------------------ 原始邮件 ------------------\n发件人: Care",
    "ko": "2026년 11월 22일 (월) 오전 10:00, Care <care@harbour.example>님이 작성:",
    "ko Outlook": "보낸 사람: Care <care@harbour.example>\n보낸 날짜: 2026년\n받는 사람: Ada\n제목: 방",
    "Outlook rule": "________________________________\nFrom: Care\nSent: Monday\nTo: Ada\nSubject: Room",
    "Outlook stars": "--------------------\n\n*From:* Care\n*Sent:* Monday\n*To:* Ada\n*Subject:* Room",
    "Apple forward": "Begin forwarded message:\n\nFrom: Care <care@harbour.example>",
    "old Gmail": "2026-03-03 17:21 GMT+01:00 Care",
}


@pytest.mark.parametrize("language", ANNOUNCED)
def test_unquoted_history_is_cut_in_the_language_it_is_announced_in(language: str) -> None:
    assert (
        newest_words(f"Still nothing.\n\n{ANNOUNCED[language]}\n\nDear Ada, we look into it.")
        == "Still nothing."
    )


@pytest.mark.parametrize(
    "language", ["de", "fr", "es", "it", "nl", "pt", "pl", "cs", "sv", "da", "ru", "ja", "zh", "ko"]
)
def test_what_is_written_between_and_below_quotes_stays(language: str) -> None:
    text = f"Hello,\n{ANNOUNCED[language]}\n> When?\nOn Tuesday.\n> Where?\nAt home."
    assert newest_words(text) == "Hello,\nOn Tuesday.\nAt home."


@pytest.mark.parametrize(
    "text",
    [
        "My flight:\nFrom: Berlin\nTo: Paris\nDate: 3 May 2026\nIt never left.",
        "I complain.\n\nOn 3 May 2026 your agent wrote:\nwe will refund you\nand never did.",
        "This is what your office wrote to me:\n\nNo refund.\n\nThat is wrong.",
        "First.\n--\nSecond." + "\nmore" * 14,
        "I paid.\n__________\nThe second matter:" + "\nmore" * 14,
        "Hi.\n\nSent from your warehouse on Friday.",
        "Here is another.\n\nSent from my desk, which is easier than my mobile phone.",
        "A fix -- this is no signature.\n\nBye",
        "The bill:\n| item | price |\n| bed | 10 |",
    ],
)
def test_the_customers_own_words_are_not_taken_for_history(text: str) -> None:
    assert newest_words(text) == text


@pytest.mark.parametrize(
    "footer",
    [
        "Sent from my iPhone",
        "(sent from a phone)",
        "Sent from Outlook Mobile<https://aka.example>",
        "Von meinem Mobilgerät gesendet",
        "Diese Nachricht wurde von meinem Android-Mobiltelefon mit K-9 Mail gesendet.",
        "Envoyé depuis mon iPhone",
        "Enviado desde mi iPhone",
        "Inviato da iPhone",
        "Verzonden vanaf mijn iPad",
        "Skickat från min iPhone",
        "Wysłane z iPhone'a",
        "Odesláno z iPhonu",
        "iPhoneから送信",
        "发自我的iPhone",
        "나의 iPhone에서 보냄",
        "Get Outlook for iOS",
    ],
)
def test_the_boast_of_a_device_is_no_word_of_the_customer(footer: str) -> None:
    assert newest_words(f"It is broken.\n\n{footer}\n") == "It is broken."


@pytest.mark.parametrize(
    ("subject", "passed_on"),
    [
        ("Fwd: Order", True),
        ("FW: Order", True),
        ("WG: Bestellung", True),
        ("转发: 订单", True),
        ("Forwarded", False),
    ],
)
def test_a_subject_can_tell_that_a_mail_is_passed_on(subject: str, passed_on: bool) -> None:
    assert is_forward(subject) is passed_on


@pytest.mark.parametrize(
    ("subject", "answers"),
    [
        ("Re: Room", True),
        ("AW: Zimmer", True),
        ("Re[2]: Room", True),
        ("回复：房间", True),
        ("Refund", False),
    ],
)
def test_a_subject_can_tell_that_a_mail_is_an_answer(subject: str, answers: bool) -> None:
    assert is_reply(subject) is answers


@pytest.mark.parametrize(
    "text",
    ["--\n" * 50_000, "On wrote\n" * 12_000, "__________\n" * 10_000, "\n" * 100_000, "From: x\n" * 14_000],
    ids=["dashes", "openers", "rules", "blank", "headers"],
)
def test_no_text_holds_the_trimming_up(text: str) -> None:
    began = process_time()
    newest_words(text)
    assert process_time() - began < 10, "linear takes about a second, quadratic takes minutes"


@given(
    st.lists(
        st.sampled_from(
            ["> q", "--", "Hi.", "", "On 1.1.2026 10:00 a@b.example wrote:", "From: a", "Sent: b"]
        )
    )
)
def test_only_lines_of_the_text_come_out(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert set(newest_words(text).split("\n")) <= {*(line.strip() for line in lines), *lines, ""}


# ------------------------------------------------------------------------------------------ corpora


def _words(text: str, *, quoted: bool) -> list[str]:
    """The words of the lines that are not quoted: quoted lines we never show, the corpus shows some."""
    return [
        word for line in text.split("\n") if quoted or not re.match(r"[A-Z]?>", line) for word in line.split()
    ]


def test_every_expected_trim_of_the_trimmer_corpus_is_exact() -> None:
    wrong = []
    for file in corpus("email/email_reply_trimmer/trimmed", "*.txt"):
        mail = clean_text((file.parent.parent / "emails" / file.name).read_text("utf-8"))
        expected = file.read_text("utf-8")
        wanted = _words(expected, quoted=False) or _words(expected, quoted=True)
        if _words(newest_words(mail), quoted=True) != wanted:
            wrong.append(file.name)
    assert wrong == []


def test_the_first_words_of_every_reply_in_the_parser_corpus_are_kept_and_its_quotes_are_not() -> None:
    for file in corpus("email/email_reply_parser", "*.txt"):
        text = clean_text(file.read_text("utf-8"))
        shown = newest_words(text)
        assert not any(line.startswith(">") for line in shown.split("\n")), file.name
        assert "wrote:" not in shown, file.name
        own = next(line for line in text.split("\n") if line.strip())
        assert own.startswith("On Tue") or own.rstrip() in shown, file.name
