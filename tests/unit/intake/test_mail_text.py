"""The words of a mail: charsets as they come, HTML as a reader sees it, the right part of several."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.adapters.channels.body import read_body
from services.intake.adapters.channels.charsets import decode_bytes
from services.intake.adapters.channels.flowed import unflow
from services.intake.adapters.channels.headers import address_of, decode_words, read_headers
from services.intake.adapters.channels.invitations import invitation_line
from services.intake.adapters.channels.markup import html_to_text
from services.intake.domain.text import clean_file_name, first_name


def multipart(kind: str, *parts: tuple[str, str]) -> bytes:
    """A mail of parts, each a header block and a content."""
    cut = "".join(f"--b\r\n{head}\r\n\r\n{content}\r\n" for head, content in parts)
    return f"Content-Type: multipart/{kind}; boundary=b\r\n\r\n{cut}--b--\r\n".encode()


# ------------------------------------------------------------------------------------------ charsets


@pytest.mark.parametrize(
    ("data", "label", "text"),
    [
        ("Grüße".encode(), "iso-8859-1", "Grüße"),
        ("Grüße".encode(), "us-ascii", "Grüße"),
        ("Grüße".encode("latin-1"), "utf-8", "Grüße"),
        ("“Preis” 5 €".encode("cp1252"), "iso-8859-1", "“Preis” 5 €"),
        ("您好，张先生".encode(), "gb2312", "您好，张先生"),
        ("髙島屋①".encode("cp932"), "shift_jis", "髙島屋①"),
        ("髙島屋①".encode("cp932"), "x-sjis", "髙島屋①"),
        ("朱镕基".encode("gb18030"), "gb2312", "朱镕基"),
        ("뷁 없음".encode("cp949"), "ks_c_5601-1987", "뷁 없음"),
        ("日本語".encode("euc_jp"), "iso-2022-jp", "日本語"),
        ("日本語".encode("iso2022_jp"), None, "日本語"),
        ("Привет".encode("koi8-r"), "koi8-r", "Привет"),
        ("Привет".encode("cp1251"), '"windows-1251";', "Привет"),
        (b"plain words here", "utf-16", "plain words here"),
        ("zwölf".encode("utf-16"), "utf-16", "zwölf"),
        ("zwölf +".encode("utf-7"), "utf-7", "zwölf +"),
        (b"plain", "x-nobody-knows", "plain"),
    ],
)
def test_a_label_that_the_bytes_contradict_is_not_believed(data: bytes, label: str | None, text: str) -> None:
    assert decode_bytes(data, label) == text


def test_eight_bit_headers_are_read_in_the_charset_of_the_body() -> None:
    mail = b"Subject: \xc4\xfa\xba\xc3\r\nContent-Type: text/plain; charset=gb2312\r\n\r\nx"
    assert read_headers(mail).get("subject") == "您好"


@pytest.mark.parametrize(
    ("coded", "text"),
    [
        ("=?utf-8?B?5pel5pw=?= =?utf-8?B?rOiqng==?=", "日本語"),  # cut in the middle of a character
        ("=?utf-8?Q?Gr=C3?=\r\n =?utf-8?Q?=BC=C3=9Fe?=", "Grüße"),
        ("=?iso-8859-1?Q?Die_Hasen_und_die_Fr\xf6sche?=", "Die Hasen und die Frösche"),
        ("=?utf-8?Q?What??= now", "What? now"),
        ("=?utf-8?Q?two words?=", "two words"),
        ("=?utf-8?B?aGVsbG8?=", "hello"),
        ("=?utf-8*de?Q?gut?=", "gut"),
        ("=?nobody?Q?plain?=", "plain"),
        ("=?utf-8?X?odd?=", "=?utf-8?X?odd?="),
    ],
)
def test_encoded_words_are_read_however_badly_they_were_cut(coded: str, text: str) -> None:
    assert decode_words(coded) == text


def test_a_name_in_a_comment_is_the_name() -> None:
    assert address_of("ada@example.org (Ada Lovelace)") == ("Ada Lovelace", "ada@example.org")


def test_a_mailbox_line_before_the_headers_is_no_header() -> None:
    headers = read_headers(b"From ada@example.org  Wed Feb  4 14:23:02 2004\nSubject: Hi\n\nx")
    assert headers.get("subject") == "Hi"


@pytest.mark.parametrize(
    "name", ["Ximian, Inc.", "Harbour GmbH", "The Sender", "Mail Delivery Subsystem", "Customer Support Team"]
)
def test_nobody_is_called_by_the_name_of_a_company(name: str) -> None:
    assert first_name(name) == ""


# ------------------------------------------------------------------------------------------ which part


def test_of_several_forms_of_the_same_words_the_plain_one_is_read() -> None:
    mail = multipart(
        "alternative", ("Content-Type: text/plain", "plain"), ("Content-Type: text/html", "<b>rich</b>")
    )
    assert read_body(mail).text == "plain"


@pytest.mark.parametrize("plain", ["", " \r\n ", "This is an HTML message. Your program cannot show it."])
def test_a_plain_part_that_says_nothing_gives_way_to_the_other(plain: str) -> None:
    html = "<p>" + "The crib broke on the first night. " * 8 + "</p>"
    mail = multipart("alternative", ("Content-Type: text/plain", plain), ("Content-Type: text/html", html))
    assert read_body(mail).text.startswith("The crib broke")


def test_words_before_and_behind_a_file_are_all_read() -> None:
    mail = multipart(
        "mixed",
        ("Content-Type: text/plain", "See the photo."),
        ("Content-Type: image/png", "x"),
        ("Content-Type: text/html", "<p>And call me.</p>"),
    )
    assert read_body(mail).text.split() == ["See", "the", "photo.", "And", "call", "me."]


def test_both_forms_in_a_mixed_mail_are_said_once() -> None:
    mail = multipart(
        "mixed", ("Content-Type: text/plain", "It broke."), ("Content-Type: text/html", "<p>It broke.</p>")
    )
    assert read_body(mail).text.strip() == "It broke."


@pytest.mark.parametrize(
    "mail",
    [
        b"Content-Type: multipart/mixed; boundary=A_\r\n\r\n--A\r\n\r\nwords\r\n--A--\r\n",
        b"Content-Type: multipart/mixed\r\n\tboundary=A\r\n\r\n--A\r\n\r\nwords\r\n--A--\r\n",
        b"Content-Type: multipart/mixed; boundary=A\r\n\r\nwords\r\n",
        b"Content-Type: multipart/alternative;\r\n\r\nwords\r\n",
        b"Content-Type: text plain\r\n\r\nwords\r\n",
        b"Content-Type: multipart/mixed; boundary=A\r\n\r\n--A\r\n\r\nwords",
        b"Content-Type: text/plain; name=body.txt\r\n\r\nwords\r\n",
    ],
    ids=["mistyped", "no semicolon", "no boundary line", "no boundary", "no type", "no end", "named text"],
)
def test_a_broken_structure_costs_no_word(mail: bytes) -> None:
    body = read_body(mail)
    assert body.text.strip() == "words"


def test_a_mail_within_the_mail_is_a_file_and_its_words_are_not_the_senders() -> None:
    inner = "Subject: old\r\nMessage-ID: <old@shop.example>\r\n\r\nsomebody else's words"
    body = read_body(
        multipart("mixed", ("Content-Type: text/plain", "mine"), ("Content-Type: message/rfc822", inner))
    )
    assert body.text.strip() == "mine"
    (file,) = body.attachments
    assert (file.name, file.media_type) == ("message.eml", "message/rfc822")
    assert b"somebody else's words" in (file.data or b"")
    assert "<old@shop.example>" in body.original_headers


def test_flowed_lines_are_one_line_again_and_the_signature_stays_alone() -> None:
    assert unflow("It is \nbroken.\n> as \n> said\n-- \nAda") == "It is broken.\n> as said\n-- \nAda"
    assert unflow("日本 \n語", delete_space=True) == "日本語"
    mail = b"Content-Type: text/plain; format=flowed\r\n\r\nIt is \r\nbroken.\r\n"
    assert read_body(mail).text.strip() == "It is broken."


# ------------------------------------------------------------------------------------------ HTML


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            '<p>See <a href="https://a.example/x?a=1&amp;b=2">it</a></p>',
            "See it <https://a.example/x?a=1&b=2>",
        ),
        ('<a href="https://a.example/">https://a.example</a>', "https://a.example"),
        ('<a href="javascript:x()">now</a>', "now"),
        ("<table><tr><td>Order</td><td>42</td></tr><tr><td>Paid</td></tr></table>", "Order 42\nPaid"),
        ("<ul><li>one</li><li>two</li></ul>after", "- one\n- two\nafter"),
        ('<div style="display:none">preview<div>more</div></div><p>Words\nof mine</p>', "Words of mine"),
        ('<p style="font-size:0.9em">seen</p>', "seen"),
        ('<div style="display:none">all there is</div>', "all there is"),
        ('Yes.<blockquote type="cite">old<br>older</blockquote>No.', "Yes.\n> old\n> older\nNo."),
        ("<blockquote>indented</blockquote>", "indented"),
        ("<pre>a\nb</pre>", "a\nb"),
        ("<style>p{}</style><!-- no --><script>x</script>seen", "seen"),
    ],
)
def test_html_is_read_as_it_is_seen(html: str, text: str) -> None:
    assert html_to_text(html) == text


@given(
    st.lists(
        st.sampled_from(
            ["<", ">", "</", "a", " href='https://x'", "<p hidden>", "</p>", "<pre>", "&lt;", "\x02"]
        )
    )
)
def test_any_markup_becomes_text_without_our_own_marks(pieces: list[str]) -> None:
    assert not {"\x02", "\x03"} & set(html_to_text("".join(pieces)))


# ------------------------------------------------------------------------------------------ files


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\TEMP\\photo.png", "photo.png"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("a\r\nb\0.pdf", "a b .pdf"),
        ("..", ""),
        ("x" * 300 + ".jpeg", "x" * 115 + ".jpeg"),
    ],
)
def test_a_file_name_has_no_path_and_no_tricks(given_name: str, kept: str) -> None:
    assert clean_file_name(given_name) == kept


@pytest.mark.parametrize(
    "disposition",
    [
        'attachment; filename="=?utf-8?B?w6QucGRm?="',
        "attachment; filename*=iso-8859-1''%E4.pdf",
        "attachment; filename*0*=utf-8''%C3%A4; filename*1=.pdf",
        "attachment; filename==?koi8-r?B?xi5wZGY=?=",
    ],
)
def test_a_file_keeps_its_name_however_it_was_written(disposition: str) -> None:
    head = f"Content-Type: application/pdf\r\nContent-Disposition: {disposition}"
    (file,) = read_body(multipart("mixed", (head, "x"))).attachments
    assert file.name in ("ä.pdf", "ф.pdf")


def test_a_picture_shown_and_attached_is_one_piece_of_evidence() -> None:
    shown = "Content-Type: image/png\r\nContent-Disposition: inline\r\nContent-ID: <a@b>"
    again = 'Content-Type: image/png\r\nContent-Disposition: attachment; filename="wheel.png"'
    assert len(read_body(multipart("mixed", (shown, "x"), (again, "x"))).attachments) == 1


def test_what_outlook_packs_is_kept_whole_under_its_name() -> None:
    head = "Content-Type: application/octet-stream; name=winmail.dat"
    body = read_body(multipart("mixed", ("Content-Type: text/plain", "words"), (head, "x")))
    assert [(one.name, one.media_type) for one in body.attachments] == [
        ("winmail.dat", "application/ms-tnef")
    ]
    assert body.text.strip() == "words"


CALENDAR = (
    "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nDTSTART:16010101T030000\r\nEND:VTIMEZONE\r\n"
    "BEGIN:VEVENT\r\n"
    "SUMMARY;LANGUAGE=en:Call\\, at\r\n  last\r\nDTSTART;TZID=Europe/Paris:20261123T100000\r\nEND:VEVENT"
)


def test_an_invitation_is_a_file_and_a_line() -> None:
    assert invitation_line(CALENDAR) == "[Invitation: Call, at last, 20261123T100000]"
    body = read_body(
        multipart(
            "mixed", ("Content-Type: text/plain", "Join us."), ("Content-Type: text/calendar", CALENDAR)
        )
    )
    assert body.text.endswith("[Invitation: Call, at last, 20261123T100000]")
    assert [one.media_type for one in body.attachments] == ["text/calendar"]
