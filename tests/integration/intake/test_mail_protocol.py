"""SMTP and LMTP on real sockets: every reply the sender's server acts on, and mails made to hurt."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.chassis.testing.waiting import wait_for
from tests.integration.intake.conftest import Intake
from tests.unit.intake.bombs import HEAD, REFUSED, with_file, zipped

pytestmark = pytest.mark.integration

MIB = 1024 * 1024
MAIL = b"From: Ada <ada@example.org>\r\nSubject: Seat\r\nMessage-ID: <m@x>\r\n\r\nWet.\r\n"


class Dialogue:
    """A raw line-by-line client, for what a well-behaved library would not send."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int, greeting: str) -> Dialogue:
        dialogue = cls(*await asyncio.open_connection("127.0.0.1", port))
        assert (await dialogue.reply())[0].startswith("220")
        await dialogue.say(greeting)
        return dialogue

    async def say(self, line: str) -> list[str]:
        return await self.send(line.encode() + b"\r\n")

    async def send(self, data: bytes, replies: int = 1) -> list[str]:
        self._writer.write(data)
        await self._writer.drain()
        return [line for _ in range(replies) for line in await self.reply()]

    async def reply(self) -> list[str]:
        lines = [(await self._reader.readline()).decode().rstrip("\r\n")]
        while lines[-1][3:4] == "-":
            lines.append((await self._reader.readline()).decode().rstrip("\r\n"))
        return lines

    async def address(self, recipients: Sequence[str], sender: str = "ada@example.org") -> list[str]:
        """MAIL and RCPTs, then DATA; the replies to the RCPTs."""
        assert (await self.say(f"MAIL FROM:<{sender}>"))[0].startswith("250")
        told = [(await self.say(f"RCPT TO:<{one}>"))[0] for one in recipients]
        assert (await self.say("DATA"))[0].startswith("354")
        return told

    def close(self) -> None:
        self._writer.close()


async def refused(intake: Intake) -> list[str]:
    """The codes of what was refused, oldest first; unknown recipients belong to nobody's tenant."""
    mine = [one.code for one in await intake.said("IntakeRejected")]
    return mine + [one.code for one in await intake.said("IntakeRejected", tenant="-")]


async def test_lmtp_answers_once_for_every_recipient(intake: Intake) -> None:
    lmtp = await Dialogue.open(intake.lmtp_port, "LHLO relay.example")
    told = await lmtp.address(["care@harbour.example", "nobody@harbour.example", "care@meadow.example"])
    assert [one[:3] for one in told] == ["250", "550", "250"]
    replies = await lmtp.send(MAIL + b".\r\n", replies=2)
    assert [reply[:3] for reply in replies] == ["250", "250"]
    assert (await lmtp.say("NOOP"))[0].startswith("250")
    lmtp.close()
    assert (await intake.said("ComplaintReceived"))[0].message.provider == "lmtp"


async def test_lmtp_knows_lhlo_and_smtp_does_not(intake: Intake) -> None:
    lmtp = await Dialogue.open(intake.lmtp_port, "LHLO relay.example")
    assert (await lmtp.say("EHLO relay.example"))[0].startswith("500")
    lmtp.close()
    smtp = await Dialogue.open(intake.smtp_port, "EHLO relay.example")
    assert (await smtp.say("LHLO relay.example"))[0].startswith("500")
    smtp.close()


async def test_an_unknown_recipient_is_550_and_on_record(intake: Intake) -> None:
    smtp = await Dialogue.open(intake.smtp_port, "EHLO relay.example")
    await smtp.say("MAIL FROM:<ada@example.org>")
    assert (await smtp.say("RCPT TO:<nobody@harbour.example>"))[0].startswith("550 5.1.1")
    smtp.close()
    assert await refused(intake) == ["unknown_account"]


async def test_who_tries_many_unknown_recipients_is_sent_away(intake: Intake) -> None:
    smtp = await Dialogue.open(intake.smtp_port, "EHLO relay.example")
    await smtp.say("MAIL FROM:<ada@example.org>")
    told = [(await smtp.say(f"RCPT TO:<n{number}@harbour.example>"))[0][:3] for number in range(21)]
    assert told == ["550"] * 20 + ["421"]
    smtp.close()


async def test_the_hundred_and_first_recipient_is_deferred(intake: Intake) -> None:
    smtp = await Dialogue.open(intake.smtp_port, "EHLO relay.example")
    told = await smtp.address([f"care+{number}@harbour.example" for number in range(1000)])
    assert [one[:3] for one in told] == ["250"] * 100 + ["452"] * 900
    assert (await smtp.send(MAIL + b".\r\n"))[0].startswith("250")
    smtp.close()
    assert len(await intake.said("ComplaintReceived")) == 1


async def test_a_mail_that_announces_50_megabytes_is_refused_before_it_is_sent(intake: Intake) -> None:
    def attempt() -> int:
        with smtplib.SMTP("127.0.0.1", intake.smtp_port) as client:
            with pytest.raises(smtplib.SMTPSenderRefused) as told:
                client.sendmail("ada@example.org", ["care@harbour.example"], MAIL + b"x" * (50 * MIB))
            return told.value.smtp_code

    assert await asyncio.to_thread(attempt) == 552
    assert await refused(intake) == ["mail_too_large"]


async def test_a_mail_that_does_not_announce_its_31_megabytes_is_552_and_the_session_lives(
    intake: Intake,
) -> None:
    smtp = await Dialogue.open(intake.smtp_port, "EHLO relay.example")
    await smtp.address(["care@harbour.example"])
    block = (b"x" * 998 + b"\r\n") * 1024
    for _ in range(32):
        await smtp.send(block, replies=0)
    assert (await smtp.send(b".\r\n"))[0].startswith("552 5.3.4")
    await smtp.address(["care@harbour.example"])
    assert (await smtp.send(MAIL + b".\r\n"))[0].startswith("250")
    smtp.close()
    (row,) = await intake.fetch(
        "select code, size_bytes, length(body) as kept from refusal join raw_input using (raw_id)"
    )
    assert row["code"] == "mail_too_large"
    assert row["kept"] <= 64 * 1024


async def test_only_crlf_dot_crlf_ends_a_mail(intake: Intake) -> None:
    smtp = await Dialogue.open(intake.smtp_port, "EHLO relay.example")
    await smtp.address(["care@harbour.example"])
    smuggled = b"\r\n".join(
        [
            MAIL + b"\n.\nMAIL FROM:<eve@example.net>\nRCPT TO:<care@harbour.example>\nDATA\n",
            b"..\r",
            b"end",
            b".",
            b"",
        ]
    )
    assert (await smtp.send(smuggled))[0].startswith("250")
    assert (await smtp.say("NOOP"))[0].startswith("250")
    smtp.close()
    (complaint,) = await intake.said("ComplaintReceived")
    assert "MAIL FROM:<eve@example.net>" in complaint.message.text


async def test_a_line_of_a_megabyte_is_taken(intake: Intake) -> None:
    """The library underneath refuses lines over 1,000 bytes; senders that write them have complaints too."""
    smtp = await Dialogue.open(intake.smtp_port, "EHLO relay.example")
    await smtp.address(["care@harbour.example"])
    mail = b"From: ada@example.org\r\n\r\n" + b"word " * (MIB // 5) + b"\r\n.\r\n"
    assert (await smtp.send(mail))[0].startswith("250")
    smtp.close()
    (complaint,) = await intake.said("ComplaintReceived")
    assert 60_000 < len(complaint.message.text) <= 64_000


async def test_dots_at_line_starts_survive(intake: Intake) -> None:
    def attempt() -> None:
        with smtplib.SMTP("127.0.0.1", intake.smtp_port) as client:
            client.sendmail(
                "ada@example.org", ["care@harbour.example"], MAIL + b"...and so on\r\n.\r\nend\r\n"
            )

    await asyncio.to_thread(attempt)
    (complaint,) = await intake.said("ComplaintReceived")
    assert complaint.message.text == "Wet.\n...and so on\n.\nend"


async def test_control_characters_and_hidden_line_breaks_reach_nothing(intake: Intake) -> None:
    mail = (
        b"From: =?utf-8?q?Eve=0D=0ABcc:_all=40example.org?= <eve@example.net>\r\n"
        b"Subject: =?utf-8?b?SGkNCkJjYzogZXZpbEB4Lm9yZwA=?= \x00\x07there\r\nMessage-ID: <m@x>\r\n\r\n"
        b"Nul \x00 and bell \x07 and \xff\xfe.\r\n.\r\n"
    )
    smtp = await Dialogue.open(intake.smtp_port, "EHLO relay.example")
    await smtp.address(["care@harbour.example"])
    assert (await smtp.send(mail))[0].startswith("250")
    smtp.close()
    (complaint,) = await intake.said("ComplaintReceived")
    message = complaint.message
    assert message.subject == "Hi Bcc: evil@x.org there"
    assert not set("\r\n\0\x07") & set(message.subject + message.party.display_name + message.party.value)
    assert "\0" not in message.text
    assert message.text.startswith("Nul  and bell  and")


@pytest.mark.parametrize(
    ("mail", "code"),
    [
        (b"", "554"),
        (b"X-Endless: " + b"a" * 70_000 + b"\r\n\r\nbody\r\n", "554"),
        (b"To: " + b"(" * 9_000 + b"\r\n\r\nbody\r\n", "554"),
        (b"X: y\r\n" * 300 + b"\r\nbody\r\n", "554"),
    ],
    ids=["empty", "endless header", "long header", "many headers"],
)
async def test_a_mail_that_breaks_a_limit_is_refused_and_the_next_one_taken(
    intake: Intake, mail: bytes, code: str
) -> None:
    smtp = await Dialogue.open(intake.smtp_port, "EHLO relay.example")
    await smtp.address(["care@harbour.example"])
    assert (await smtp.send(mail + b".\r\n"))[0].startswith(code)
    await smtp.address(["care@harbour.example"])
    assert (await smtp.send(MAIL + b".\r\n"))[0].startswith("250")
    smtp.close()
    assert len(await refused(intake)) == 1
    assert len(await intake.said("ComplaintReceived")) == 1


def mailed(client: type[smtplib.SMTP], port: int, mail: bytes, recipients: int = 1) -> str:
    """What the standard library's client is told of it: nothing, the refusal of the mail, or how many
    recipients were put off."""
    names = [f"care+{number}@harbour.example" for number in range(recipients)]
    with client("127.0.0.1", port) as session:
        try:
            put_off = session.sendmail("eve@example.net", names, mail)
        except smtplib.SMTPDataError as told:
            return f"{told.smtp_code} {told.smtp_error!r}"
    return f"{len(put_off)} put off" if put_off else ""


async def test_bombs_are_answered_and_kept_and_hold_up_no_mail_beside_them(intake: Intake) -> None:
    """At both listeners at once. What is no more than large or garbled is taken whole."""
    packed = zipped(64 * MIB)
    garbled = HEAD.replace(b"<1@x>", b"<2@x>") + b"\r\nNul \x00, and no UTF-8: \xff\xfe\xc3(.\r\n"
    crowd = HEAD.replace(b"<1@x>", b"<3@x>") + b"\r\nTo a thousand.\r\n"
    smtp, lmtp = (smtplib.SMTP, intake.smtp_port), (smtplib.LMTP, intake.lmtp_port)
    sent = [
        *((*way, mail) for mail, _ in REFUSED.values() for way in (smtp, lmtp)),
        (*smtp, with_file(packed)),
        (*lmtp, garbled),
        (*smtp, crowd, 1000),
        (*lmtp, MAIL),
    ]
    # threads of the clients' own: the service reads large mails in those of the loop
    with ThreadPoolExecutor(len(sent)) as clients:
        loop = asyncio.get_running_loop()
        told = await asyncio.gather(*(loop.run_in_executor(clients, mailed, *one) for one in sent))
    *bombs, file, bytes_, thousand, normal = told
    rules = [rule for _, rule in REFUSED.values() for _ in (smtp, lmtp)]
    assert all(one.startswith("554") and rule in one for one, rule in zip(bombs, rules, strict=True))
    assert (file, bytes_, thousand, normal) == ("", "", "900 put off", "")

    kept = await intake.fetch("select code, size_bytes, body from refusal join raw_input using (raw_id)")
    assert sorted(row["code"] for row in kept) == sorted(rules)
    for mail, rule in REFUSED.values():
        of_it = [row for row in kept if row["code"] == rule and mail.startswith(row["body"])]
        assert {row["size_bytes"] - len(mail) for row in of_it} <= {0, 2}  # a line's end may be added
        assert len(of_it) == 2
    said = [*await intake.said("ComplaintReceived"), *await intake.said("CustomerMessageReceived")]
    assert {one.message.text for one in said} >= {"Wet.", "To a thousand."}
    assert sum("Nul , and no UTF-8:" in one.message.text for one in said) == 1
    assert [row["body"] for row in await intake.fetch("select body from attachment")] == [packed]


async def test_a_bounce_from_the_null_sender_is_a_receipt_on_our_mail(intake: Intake) -> None:
    ours = "c.01890000-0000-7000-8000-000000000001.m.42@harbour.example"
    report = (
        "From: MAILER-DAEMON@relay.example\r\nContent-Type: multipart/report; report-type=delivery-status; "
        'boundary="b"\r\nMessage-ID: <dsn@relay.example>\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nNo such user.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; relay.example\r\n\r\n"
        "Final-Recipient: rfc822; gone@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{ours}>\r\n\r\nHello\r\n--b--\r\n"
    )
    smtp = await Dialogue.open(intake.smtp_port, "EHLO relay.example")
    await smtp.address(["care@harbour.example"], sender="")
    assert (await smtp.send(report.encode() + b".\r\n"))[0].startswith("250")
    smtp.close()
    (receipt,) = await intake.said("DeliveryReceiptReceived")
    assert receipt.outcome == receipt.OUTCOME_FAILED
    assert (receipt.provider_message_id, receipt.reason) == (f"<{ours}>", "5.1.1")
    assert (await intake.journal())[0][1] == f"smtp:<{ours}>"


async def test_the_same_mail_delivered_twice_is_one_case_and_the_same_reply(intake: Intake) -> None:
    replies = []
    for hop in ("one", "two"):
        smtp = await Dialogue.open(intake.smtp_port, "EHLO relay.example")
        await smtp.address(["care@harbour.example"])
        received = f"Received: from {hop}.example\r\n".encode()
        replies.append((await smtp.send(received + MAIL + b".\r\n"))[0])
        smtp.close()
    assert replies[0] == replies[1]
    assert len(await intake.said("ComplaintReceived")) == 1


async def test_two_mails_that_share_a_message_id_are_two_words(intake: Intake) -> None:
    for text in (b"Wet.", b"And cold."):
        smtp = await Dialogue.open(intake.smtp_port, "EHLO relay.example")
        await smtp.address(["care@harbour.example"])
        await smtp.send(MAIL.replace(b"Wet.", text) + b".\r\n")
        smtp.close()
    assert len(await intake.said("ComplaintReceived")) == 1
    assert len(await intake.said("CustomerMessageReceived")) == 1


async def test_an_idle_session_is_told_that_the_service_goes_down(intake: Intake) -> None:
    smtp = await Dialogue.open(intake.smtp_port, "EHLO relay.example")
    intake.stop()
    assert (await smtp.reply())[0].startswith("421")
    smtp.close()

    async def closed() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", intake.smtp_port)
        except OSError:
            return True
        writer.close()
        return False

    await wait_for(closed)


async def test_an_attachment_is_kept_by_hash_and_named_harmlessly(intake: Intake) -> None:
    mail = (
        b'From: ada@example.org\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/html\r\n\r\n<p>See <b>photo</b></p><script>steal()</script>\r\n"
        b"--b\r\nContent-Type: image/png\r\n"
        b'Content-Disposition: attachment; filename="../../etc/pass wd.png"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\nJVBERi1oZWxsbw==\r\n--b--\r\n.\r\n"
    )
    smtp = await Dialogue.open(intake.smtp_port, "EHLO relay.example")
    await smtp.address(["care@harbour.example"])
    assert (await smtp.send(mail))[0].startswith("250")
    smtp.close()
    (complaint,) = await intake.said("ComplaintReceived")
    assert complaint.message.text == "See photo"
    (attachment,) = complaint.message.attachments
    assert (attachment.name, attachment.media_type) == ("pass wd.png", "image/png")
    assert (attachment.sniffed_type, attachment.inline) == ("application/pdf", False)
    (row,) = await intake.fetch("select encode(sha256, 'hex') as sha256, body, sniffed_type from attachment")
    assert (row["sha256"], row["body"]) == (attachment.sha256, b"%PDF-hello")
    assert row["sniffed_type"] == attachment.sniffed_type
