"""One connection to a mailbox. Everything here blocks and runs in the mailbox's own thread; only `hang_up`
may be called from elsewhere.

imap-tools brings connections, logins and IDLE. Its `flag`, `move` and `delete` are not used: they expunge
the whole folder, also what a person in the same mailbox has only marked, and look for MOVE among what the
server announced before the login. Its IDLE is begun here: news that came before it, with its beginning or
in the same packet would be overheard.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from imap_tools.errors import ImapToolsError, MailboxLoginError
from imap_tools.idle import IdleManager
from imap_tools.mailbox import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.utils import encode_folder

from services.intake.adapters.channels.imap import Mailbox

TIMEOUT_S = 30.0  # for one answer of the server
_HEADER_KEPT = 64 * 1024
_UID = re.compile(rb"\bUID (\d{1,10})\b")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,12})\b")
_GMAIL_THREAD = re.compile(rb"\bX-GM-THRID (\d{1,20})\b")
_ARRIVED = re.compile(rb'\bINTERNALDATE "([^"]{1,40})"')
_GMAIL = "X-GM-EXT-1"


class MailboxAway(Exception):
    """The mailbox cannot be collected now; `rule` is one word, the text says what the server said. Try
    later.
    """

    def __init__(self, rule: str, detail: str) -> None:
        self.rule = rule
        self.detail = detail
        super().__init__(f"{rule}: {detail}")


class LoginRefused(MailboxAway):
    """The server knows us not, or no more: until somebody changes the secret, trying often locks the
    account.
    """


@dataclass(frozen=True, slots=True)
class Listed:
    """A mail as the folder lists it."""

    uid: int
    size_bytes: int
    arrived_at: datetime | None = None
    gmail_thread: str = ""


@dataclass(slots=True)
class ImapSession:
    """A folder, open. Make one with `connect`; every method raises MailboxAway when the connection fails."""

    mailbox: Mailbox
    _box: BaseMailBox = field(repr=False)
    uid_validity: int
    last_uid: int  # of the mails that were there when the folder was opened
    capabilities: frozenset[str]

    @classmethod
    def connect(cls, mailbox: Mailbox, token: str) -> ImapSession:
        """Connect, log in (with `token` by XOAUTH2 where there is one) and open the folder.

        Raises MailboxAway, LoginRefused.
        """
        with _told():
            box = _connected(mailbox)
        try:
            with _told():
                _log_in(box, mailbox, token)
                return cls._opened(box, mailbox)
        except BaseException:
            _close(box)
            raise

    @classmethod
    def _opened(cls, box: BaseMailBox, mailbox: Mailbox) -> ImapSession:
        announced = box.client.capability()[1][0] or b""
        if mailbox.move_to and not box.folder.exists(mailbox.move_to):
            box.folder.create(mailbox.move_to)
        box.folder.set(mailbox.folder)
        told = box.client.untagged_responses
        if "READ-ONLY" in told:
            raise MailboxAway("read_only", f"{mailbox.folder} can only be read")
        validity = _number(told.get("UIDVALIDITY"))
        if not validity:
            raise MailboxAway("no_uids", "the server gives no lasting numbers to its mails")
        capabilities = frozenset(announced.decode("ascii", "replace").upper().split())
        opened = cls(mailbox, box, validity, 0, capabilities)
        # Servers need not say which number comes next (RFC 3501 6.3.1).
        following = _number(told.get("UIDNEXT"))
        opened.last_uid = following - 1 if following else max(opened.uids_all(), default=0)
        return opened

    # ------------------------------------------------------------------------------------- reading

    def uids_after(self, uid: int) -> list[int]:
        """Every mail with a greater UID, ascending."""
        # "n:*" also means the last mail when its UID is below n (RFC 3501 6.4.8)
        return [one for one in self._search(f"UID {uid + 1}:*") if one > uid]

    def uids_unseen(self) -> list[int]:
        """Every mail nobody has read, ascending."""
        return self._search("UNSEEN")

    def uids_all(self) -> list[int]:
        """Every mail, ascending."""
        return self._search("ALL")

    def _search(self, criteria: str) -> list[int]:
        with _told():
            self._box.client.untagged_responses.pop("EXISTS", None)
            return sorted(int(one) for one in self._box.uids(criteria, None) if one.isdecimal())

    def listed(self, uids: Sequence[int]) -> list[Listed]:
        """What the folder says of these, ascending; what is gone in the meantime is left out."""
        gmail = self.mailbox.gmail_threads and _GMAIL in self.capabilities
        asked = f"(UID RFC822.SIZE INTERNALDATE{' X-GM-THRID' if gmail else ''})"
        lines = self._fetch(",".join(map(str, uids)), asked)
        wanted, found = set(uids), {}
        for line, _ in lines:
            one = listed_in(line)
            if one is not None and one.uid in wanted:
                found[one.uid] = one
        return [found[uid] for uid in sorted(found)]

    def mail(self, uid: int) -> bytes | None:
        """The whole mail, unchanged and not marked as read; None when it is gone."""
        return self._literal(uid, "BODY.PEEK[]")

    def beginning(self, uid: int) -> bytes | None:
        """The first 64 kB of a mail that is too large to be taken; None when it is gone."""
        return self._literal(uid, f"BODY.PEEK[]<0.{_HEADER_KEPT}>")

    def _literal(self, uid: int, part: str) -> bytes | None:
        for line, literal in self._fetch(str(uid), f"(UID {part})"):
            if literal is not None and b"BODY[" in line:
                return literal
        return None

    def _fetch(self, uids: str, what: str) -> list[tuple[bytes, bytes | None]]:
        """Each answered line, with the literal that came in it."""
        with _told():
            status, data = self._box.client.uid("FETCH", uids, what)
            _expect_ok("FETCH", status, data)
        pairs: list[tuple[bytes, bytes | None]] = []
        for one in data:
            match one:
                case (bytes(line), bytes(literal)):
                    pairs.append((line, literal))
                case bytes(line):
                    pairs.append((line, None))
        return pairs

    # ------------------------------------------------------------------------------------- marking

    def mark_seen(self, uids: Sequence[int]) -> None:
        """Mark as read."""
        self._store(uids, r"(\Seen)")

    def move(self, uids: Sequence[int], folder: str) -> None:
        """Move; where the server cannot, copy, mark the original as deleted and expunge that one alone."""
        listed = ",".join(map(str, uids))
        self._store(uids, r"(\Seen)")
        if "MOVE" in self.capabilities:
            self._command("MOVE", listed, encode_folder(folder))
            return
        self._command("COPY", listed, encode_folder(folder))
        self._store(uids, r"(\Deleted)")
        if "UIDPLUS" in self.capabilities:
            self._command("EXPUNGE", listed)

    def _store(self, uids: Sequence[int], flags: str) -> None:
        self._command("STORE", ",".join(map(str, uids)), "+FLAGS.SILENT", flags)

    def _command(self, name: str, *arguments: str | bytes) -> None:
        with _told():
            status, data = self._box.client.uid(name, *arguments)  # type: ignore[arg-type]  # bytes do
            _expect_ok(name, status, data)

    # ------------------------------------------------------------------------------------- waiting

    @property
    def can_idle(self) -> bool:
        """Whether the server tells of new mail by itself (RFC 2177)."""
        return "IDLE" in self.capabilities

    def idle(self, wait_s: float, go_on: Callable[[], bool], slice_s: float) -> None:
        """Return when the server has told of new mail since the last search, or tells of anything; after
        `wait_s`; or when `go_on` says no, which is asked every `slice_s`.
        """
        with _told():
            if self._told_of_mail():
                return
            idle = _Idle(self._box)
            idle.start()
            waited = 0.0
            while waited < wait_s and go_on() and not self._told_of_mail() and not idle.pending():
                if idle.poll(timeout=min(slice_s, wait_s - waited)):
                    break
                waited += slice_s
            idle.stop()  # type: ignore[no-untyped-call]  # untyped upstream

    def _told_of_mail(self) -> bool:
        return "EXISTS" in self._box.client.untagged_responses

    def close(self) -> None:
        """Log out and close; never raises."""
        with suppress(Exception):
            self._box.client.sock.settimeout(2.0)
        with suppress(Exception):
            self._box.logout()
        _close(self._box)

    def hang_up(self) -> None:
        """Cut the connection from another thread: whatever waits for the server ends with MailboxAway."""
        with suppress(OSError):
            self._box.client.sock.shutdown(socket.SHUT_RDWR)


class _Idle(IdleManager):
    """IDLE that loses nothing: the library takes the first line for the server's agreement, whatever it says,
    and does not look into what was read together with it.
    """

    def start(self) -> None:
        """Begin; what the server tells before it agrees is kept with its other news."""
        client = self.mailbox.client
        self._idle_tag = client._command("IDLE")
        while client._get_response() is not None:  # None is the continuation
            if client.tagged_commands.get(self._idle_tag):
                raise imaplib.IMAP4.error("IDLE was refused")

    def pending(self) -> bool:
        """Whether a line was read already that nobody has looked at."""
        client = self.mailbox.client
        client.sock.settimeout(0)
        try:
            return bool(client.file.peek(1))
        except OSError:  # nothing to read
            return False
        finally:
            client.sock.settimeout(TIMEOUT_S)


def listed_in(line: bytes) -> Listed | None:
    """What one FETCH answer says of a mail; None for any other line."""
    uid, size = _UID.search(line), _SIZE.search(line)
    if uid is None or size is None:
        return None
    thread, arrived = _GMAIL_THREAD.search(line), _ARRIVED.search(line)
    return Listed(
        int(uid[1]),
        int(size[1]),
        _arrival(arrived[1]) if arrived else None,
        thread[1].decode("ascii") if thread else "",
    )


def _number(told: Sequence[object] | None) -> int:
    """The number a server told last, 0 for none."""
    last = told[-1] if told else None
    return int(last) if isinstance(last, bytes) and last.isdigit() else 0


def _arrival(date: bytes) -> datetime | None:
    try:
        return datetime.strptime(date.decode("ascii").strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    except ValueError:
        return None


def _connected(mailbox: Mailbox) -> BaseMailBox:
    if mailbox.security == "none":
        return MailBoxUnencrypted(mailbox.host, mailbox.port, TIMEOUT_S)
    # The standard library's own default for IMAP verifies nothing: this one does, names too.
    context = ssl.create_default_context(cafile=mailbox.ca_file or None)
    if mailbox.security == "starttls":
        return MailBoxStartTls(mailbox.host, mailbox.port, TIMEOUT_S, context)
    return MailBox(mailbox.host, mailbox.port, TIMEOUT_S, ssl_context=context)


def _log_in(box: BaseMailBox, mailbox: Mailbox, token: str) -> None:
    password = mailbox.secret("password")
    try:
        if token:
            box.xoauth2(mailbox.user, token, initial_folder=None)
        elif (mailbox.user + password).isascii():
            box.login(mailbox.user, password, initial_folder=None)
        else:
            box.login_utf8(mailbox.user, password, initial_folder=None)
    except (MailboxLoginError, imaplib.IMAP4.error) as refused:
        if isinstance(refused, imaplib.IMAP4.abort):
            raise
        # What the server says may quote what we said: it is told to nobody.
        raise LoginRefused("login_refused", f"{mailbox.host} refused {mailbox.user}") from None


def _close(box: BaseMailBox) -> None:
    with suppress(Exception):
        box.client.shutdown()


def _expect_ok(command: str, status: str, data: Sequence[object]) -> None:
    if status != "OK":
        said = data[0] if data and isinstance(data[0], bytes) else b""
        raise MailboxAway("command_refused", f"{command}: {said.decode('ascii', 'replace')[:200]}")


@contextmanager
def _told() -> Iterator[None]:
    """Every way in which a connection fails, as one error."""
    try:
        yield
    except ssl.SSLCertVerificationError as failure:
        raise MailboxAway("certificate", failure.verify_message) from failure
    except TimeoutError as failure:
        raise MailboxAway("timeout", f"no answer within {TIMEOUT_S:g} s") from failure
    except (imaplib.IMAP4.error, ImapToolsError, OSError, ValueError) as failure:
        raise MailboxAway("connection", f"{type(failure).__name__}: {str(failure)[:200]}") from failure
