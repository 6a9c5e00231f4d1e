"""What of a reply is new: the words above, between and below the quoted history. For display only; the full
text is always kept.

One pass over the lines. The regular expressions of the usual library take thirty seconds for 20 kB of empty
lines, and anybody may send those. In doubt a line stays: the history shown twice costs a glance, a lost
sentence of the customer costs the case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_READ_LIMIT = 64_000
_LINE_READ = 300
_COLON = "[:：]"

# "Ada wrote:" in the languages customers write; what stands behind the verb may be a date.
_VERBS = (
    r"wrote|writes|schrieb|geschrieben|a écrit|escribió|escribio|va escriure|ha scritto|scrive|schreef|"
    r"escreveu|skrev|napsala?|napsal\(a\)|napísala?|napisał[ao]?|napisał\(a\)|pisze|kirjoitti|írta|yazdı|"
    r"a scris|έγραψε|написала?|написал\(а\)|пишет|пише|написав|님이 작성|작성|写道|寫道|書きました|のメール"
)
_WROTE = re.compile(
    rf"(?:^|[\s>)\"'\d님さ])(?:{_VERBS})[^\n{_COLON[1:-1]}]{{0,60}}(?:\d[^\n]{{0,40}})?{_COLON}$", re.I
)
# Gmail says it without a verb in some languages: "2016-03-03 17:21 GMT+01:00 Ada:".
_STAMPED = re.compile(
    r"^(?:\d{4}-\d\d-\d\d \d{1,2}:\d\d (?:GMT|UTC)[+-]\d|"
    r"\d{4}年\d{1,2}月\d{1,2}日.{0,20}\d{1,2}:\d\d .{0,200}<[^<>\s]+@)",
)
_OPENERS = (
    "on ", "am ", "le ", "el ", "il ", "op ", "em ", "den ", "på ", "dne ", "dnia ", "w dniu ", "ma ",
    "pe ", "a(z) ", "στις ", "в ", "у ", "在", "于", "於",
)  # fmt: skip
_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+\.[^\s<>@]+")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_HOUR = re.compile(r"\d{1,2}[:.h]\d\d|\d\s?(?:am|pm|uhr)\b", re.I)
_SENTENCE_END = re.compile(r"\w{5,}[.!?]\s")

_DIVIDERS = (
    "original message|forwarded message|original appointment|reply message|reply to message|"
    "ursprüngliche nachricht|originalnachricht|weitergeleitete nachricht|original-nachricht|"
    "message d'origine|message d’origine|message original|message transféré|message transmis|"
    "mensaje original|mensaje reenviado|messaggio originale|messaggio inoltrato|messaggio da inoltrare|"
    "oorspronkelijk bericht|doorgestuurd bericht|mensagem original|mensagem encaminhada|"
    "ursprungligt meddelande|vidarebefordrat meddelande|oprindelig meddelelse|videresendt meddelelse|"
    "opprinnelig melding|videresendt melding|alkuperäinen viesti|"
    "wiadomość oryginalna|oryginalna wiadomość|treść oryginalnej wiadomości|wiadomość przekazana dalej|"
    "původní zpráva|původní e-mail|přeposlaná zpráva|pôvodná správa|eredeti üzenet|mesaj original|"
    "orijinal mesaj|исходное сообщение|пересылаемое сообщение|"
    "元のメッセージ|転送メッセージ|原始邮件|转发邮件信息|原始郵件|원본 메시지|원본 메일"
)
_DIVIDER = re.compile(rf"^[-_=*\s]{{2,}}(?:{_DIVIDERS})\s?[-_=*\s:：]{{2,}}(?:\S.{{0,80}})?$", re.I)
_FORWARDED = re.compile(
    r"^(?:begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-mail)|début du message "
    r"(?:réexpédié|transféré)|inicio del mensaje reenviado|inizio messaggio inoltrato|begin doorgestuurd "
    r"bericht|início da mensagem reencaminhada|vidarebefordrat brev|start på videresendt besked|początek "
    r"przekazywanej wiadomości|začátek přeposlané zprávy)\s?:$",
    re.I,
)
_RULE = re.compile(r"^(?:_{10,}|[-=]{10,})$")

# Outlook and its like show a header block instead: who, when, to whom, about what.
_WHO = (
    "from|von|de|da|van|från|fra|od|lähettäjä|feladó|gönderen|από|от|від|差出人|发件人|寄件者|寄件人|"
    "보낸 사람|보낸사람"
)
_WHEN = (
    "sent|date|gesendet|datum|envoyé|envoyé le|date d'envoi|enviado|enviado el|fecha|inviato|data|verzonden|"
    "enviada em|skickat|sendt|dato|wysłano|odesláno|odoslané|lähetetty|elküldve|dátum|trimis|gönderildi|"
    "tarih|отправлено|дата|надіслано|送信日時|日時|日付|发送时间|日期|寄件日期|傳送|보낸 날짜|날짜|보낸날짜"
)
_WHOM = (
    "to|an|à|a|para|aan|till|til|do|komu|pro|vastaanottaja|címzett|către|kime|προς|кому|宛先|收件人|收件者|"
    "받는 사람|받는사람"
)
_WHAT = (
    "subject|betreff|objet|asunto|oggetto|onderwerp|assunto|ämne|emne|temat|předmět|predmet|aihe|tárgy|"
    "subiect|konu|θέμα|тема|件名|主题|主旨|主題|제목"
)


def _label(words: str) -> re.Pattern[str]:
    return re.compile(rf"^\*{{0,2}}(?:{words})\s?\*{{0,2}}\s?{_COLON}", re.I)


_FROM, _SENT, _TO, _SUBJECT = (_label(words) for words in (_WHO, _WHEN, _WHOM, _WHAT))

_QUOTE = re.compile(r"^(?:>|[A-Z]{1,2}>(?:\s|$))")
_DASHES = frozenset({"--", "—", "–"})
_SIGNATURE_LINES = 12  # a longer block behind dashes is text
_DEVICE = (
    r"i ?phone|i ?pad|i ?pod|android|samsung|galaxy|huawei|xiaomi|htc|nokia|blackberry|mobile|mobil\w*|phone|"
    r"cell|handy|smartphone|tablet|outlook|mail|mailbox|yahoo|aol|gmx|web\.de|gmail|proton\w*|airmail|windows|"
    r"device|telefon|teléfono|portable|móvil|cellulare|telefoon|ti-\d+|alcatel"
)
_FOOTERS = (
    rf"sent (?:from|via|with|by)\b[^,]{{0,40}}(?:{_DEVICE})\b"
    r"(?:[^,]{0,80}|[,.]? +(?:please )?excuse .{0,60})",
    rf"(?:someone )?from (?:my )?(?:{_DEVICE})\b.{{0,20}}",
    r"(?:von|aus) (?:meinem|mein|der|unterwegs).{0,60}(?:gesendet|geschickt)",
    r"(?:gesendet|verschickt) (?:mit|von|über) .{1,60}",
    r"diese nachricht wurde von .{1,80} gesendet",
    r"envoyé (?:de|depuis|à partir de|avec|par) .{1,60}|provenance : .{1,60}",
    r"enviado (?:desde|de|do|a partir do|com|con) .{1,60}",
    r"inviato (?:da|dal|con) .{1,60}",
    r"(?:verzonden|verstuurd) (?:vanaf|met|via|vanuit) .{1,60}",
    r"skickat från .{1,60}|sendt fra .{1,60}|lähetetty .{1,60}",
    r"wysłan[eo] z .{1,60}|odesláno z .{1,60}|odoslané z .{1,60}",
    r"отправлено (?:с|из) .{1,60}|надіслано з .{1,60}",
    r".{1,30}から送信|发自我的.{1,30}|从我的.{1,30}发送|從我的.{1,30}傳送|.{1,30}에서 보냄",
    r"get \[?outlook for .{1,100}|outlook für .{1,100}|télécharger outlook pour .{1,100}",
    r"obtener outlook para .{1,100}",
)
_FOOTER = re.compile(rf"^[\s<(\[*]{{0,3}}(?:{'|'.join(_FOOTERS)})[\s>)\]*.]{{0,3}}$", re.I)


def newest_words(text: str) -> str:
    """The reply without quoted lines, the history below it, marked signatures and the boasts of devices; the
    whole text when nothing else is left.
    """
    lines = [line.rstrip() for line in text[:_READ_LIMIT].split("\n")]
    kept = list(_new_lines(lines))
    while kept and (not kept[-1].strip() or _is_footer(kept[-1]) or _RULE.match(kept[-1].strip())):
        kept.pop()
    return "\n".join(kept).strip() or text


def _new_lines(lines: list[str]) -> Iterator[str]:
    number, said = 0, False
    while number < len(lines):
        bare = _bare(lines[number])
        introduced = _attribution(lines, number) if bare else 0
        if introduced:
            # Quoted behind it: answers may stand between and below. Not quoted: all that follows is history,
            # unless nothing was said yet.
            if said and not _quoted_next(lines, number + introduced):
                return
            number += introduced
            continue
        if said and (_begins_history(bare, lines, number) or _is_signature(lines, number)):
            return
        if not _QUOTE.match(bare):
            said = said or bool(bare)
            yield lines[number]
        number += 1


def _bare(line: str) -> str:
    return line.strip(" \t\xa0\u200b\u200e\u200f\ufeff")[:_LINE_READ]


def _attribution(lines: list[str], number: int) -> int:
    """How many lines say "on ..., ... wrote:" from here on; 0 when they do not. Mail programs fold it."""
    first = _bare(lines[number])
    if _STAMPED.match(first):
        return 1
    folded = first.lower().startswith(_OPENERS) or bool(_ADDRESS.search(first) or _YEAR.search(first))
    joined, last = "", number + (6 if folded else 1)
    for at in range(number, min(last, len(lines))):
        joined = f"{joined} {_bare(lines[at])}".strip()
        if len(joined) > _LINE_READ + 100 or _QUOTE.match(joined):
            return 0
        if _wrote(joined):
            told = bool(_ADDRESS.search(joined)) or bool(_YEAR.search(joined) and _HOUR.search(joined))
            proven = told and not _SENTENCE_END.search(joined)
            return at - number + 1 if proven or _quoted_next(lines, at + 1) else 0
    return 0


def _wrote(line: str) -> bool:
    return line.endswith((":", "：")) and bool(_WROTE.search(line))


def _quoted_next(lines: list[str], number: int) -> bool:
    after = next((bare for line in lines[number : number + 5] if (bare := _bare(line))), "")
    return bool(_QUOTE.match(after))


def _begins_history(bare: str, lines: list[str], number: int) -> bool:
    if _DIVIDER.match(bare) or _FORWARDED.match(bare):
        return True
    if _RULE.match(bare):
        # A mailing list's footer stands behind a rule too; a customer's own rule has text behind it.
        return _header_block(lines, number + 1) or (bare[0] == "_" and _ends_soon(lines, number + 1))
    return _header_block(lines, number)


def _header_block(lines: list[str], number: int) -> bool:
    """Who, when and about what on neighbouring lines. A journey has "From:", "To:" and "Date:" too, but
    neither an address nor a subject.
    """
    block = [bare for line in lines[number : number + 12] if (bare := _bare(line))][:6]
    if not block or not (
        _FROM.match(block[0]) or (_SENT.match(block[0]) and any(map(_FROM.match, block[1:3])))
    ):
        return False
    labelled = [any(label.match(line) for line in block[1:]) for label in (_SENT, _TO, _SUBJECT)]
    return sum(labelled) >= 1 + (not labelled[2]) and (labelled[2] or any(map(_ADDRESS.search, block)))


def _is_signature(lines: list[str], number: int) -> bool:
    return _bare(lines[number]) in _DASHES and _ends_soon(lines, number + 1)


def _ends_soon(lines: list[str], number: int) -> bool:
    """Whether only a signature's worth of lines follows, to the end or to the history."""
    seen = 0
    for at in range(number, len(lines)):
        bare = _bare(lines[at])
        if _QUOTE.match(bare) or _DIVIDER.match(bare) or _FROM.match(bare) or _wrote(bare):
            return True
        seen += bool(bare)
        if seen > _SIGNATURE_LINES:
            return False
    return True


def _is_footer(line: str) -> bool:
    return bool(_FOOTER.match(_bare(line)))
