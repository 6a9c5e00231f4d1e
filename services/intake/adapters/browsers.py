"""What a visitor's browser is held to, who has no API key: where its page came from, how often it may write.

An origin can be forged by a program, never by a page: the check keeps other sites from using ours, and the
rate and the captcha keep programs away.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.types import Scope

from services.chassis.errors import PermissionRefused
from services.chassis.http import header
from services.intake.adapters.accounts import ChannelAccount
from services.intake.domain.rate import SenderRate

_PREFLIGHT_S = "600"


class Browsers:
    """`rate` counts per network address; `proxies` of ours stand before intake."""

    def __init__(self, rate: SenderRate, proxies: int) -> None:
        self._rate = rate
        self._proxies = proxies

    def allow(self, scope: Scope, account: ChannelAccount, now: datetime) -> bool:
        """Count one more from the visitor's network; False when that is over the limit."""
        sender = f"{account.provider}/{account.account}/{network_of(self.address(scope))}"
        return self._rate.take(account.tenant_id, sender, now)

    def address(self, scope: Scope) -> str:
        """The visitor's network address: what the outermost proxy of ours saw, else our own peer. What stands
        further left in X-Forwarded-For is the visitor's own claim.
        """
        seen = [one.strip() for one in (header(scope, "x-forwarded-for") or "").split(",") if one.strip()]
        if self._proxies and len(seen) >= self._proxies:
            return seen[-self._proxies]
        return str(scope["client"][0]) if scope.get("client") else ""


def network_of(address: str) -> str:
    """One visitor may hold a whole /64 of IPv6: they count together."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:100]
    return str(ip_network((found, 64), strict=False)) if found.version == 6 else str(found)


def allowed_origin(scope: Scope, account: ChannelAccount) -> str:
    """The origin of the page, one of the account's `origins` (parted by blanks). Raises PermissionRefused.

    Where a browser sends no Origin, the Referer says the same.
    """
    origin = header(scope, "origin") or _origin(header(scope, "referer") or "")
    if not origin or origin not in account.settings.get("origins", "").split():
        raise PermissionRefused(
            "origin_refused", "this page may not write to us; see `origins` of the account"
        )
    return origin


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else ""


def readable(origin: str) -> Mapping[str, str]:
    """Headers that let a page of this origin read the answer."""
    return {"access-control-allow-origin": origin, "vary": "origin"}


def preflight(origin: str, methods: str, headers: str) -> Response:
    """What a browser is told that asks before it sends."""
    told = {
        "access-control-allow-methods": methods,
        "access-control-allow-headers": headers,
        "access-control-max-age": _PREFLIGHT_S,
    }
    return Response(status_code=204, headers={**readable(origin), **told})
