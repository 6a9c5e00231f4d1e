"""One complaint over the public interface, tried again while the platform is busy or away."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
import msgspec

from services.chassis.errors import InvalidArgument, Retryable
from services.cli.importing.mapping import RowError

# How long a platform may be away, in all about two minutes, before the run ends to be resumed later.
_WAITS_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0)
_TIMEOUT = aiohttp.ClientTimeout(total=60.0)
_OF_THE_ROW = (400, 413, 422)
_ADVICE = {
    "idempotency_key_reused": "it was taken over before with other content, which stands: leave it out",
    "bad_email": "correct the mail address",
    "bad_phone": "write the number in international form (+44...)",
    "bad_request": "see which field the mapping fills with what the API does not take",
}


class Door:
    """`POST /v1/complaints` of one platform."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str, tenant: str) -> None:
        self._session = session
        self._tenant = tenant
        self._url = url.rstrip("/") + "/v1/complaints"
        self._token = token

    async def hand_in(self, key: str, body: bytes) -> str:
        """The case id. Raises RowError when this row is refused, InvalidArgument when every row would be,
        Retryable when the platform stayed away."""
        failure = ""
        for wait_s in (*_WAITS_S, 0.0):
            try:
                status, answer, asked_s = await self._post(key, body)
            except (aiohttp.ClientError, TimeoutError, OSError) as away:
                failure, asked_s = type(away).__name__, 0.0
            else:
                if status != 429 and status < 500:
                    return _case_id(status, answer)
                failure = f"status {status}"
            await asyncio.sleep(max(wait_s, min(asked_s, 60.0)))
        raise Retryable("platform_away", f"{failure}; run the same command again to go on")

    async def _post(self, key: str, body: bytes) -> tuple[int, Mapping[str, Any], float]:
        headers = {
            "authorization": f"Bearer {self._token}",
            "idempotency-key": key,
            "content-type": "application/json",
            "amends-tenant": self._tenant,  # a key of another tenant must not fill that one's books
        }
        async with self._session.post(self._url, data=body, headers=headers, timeout=_TIMEOUT) as answer:
            after = answer.headers.get("retry-after", "")
            return answer.status, _object(await answer.read()), float(after) if after.isdecimal() else 0.0


def _case_id(status: int, answer: Mapping[str, Any]) -> str:
    rule, detail = str(answer.get("rule", f"status_{status}")), str(answer.get("detail", ""))
    if status == 201 and isinstance(answer.get("case_id"), str):
        return str(answer["case_id"])
    if status in _OF_THE_ROW:
        raise RowError(rule, " ".join(filter(None, (_ADVICE.get(rule, ""), f"({detail})" if detail else ""))))
    if rule == "other_tenant":
        raise InvalidArgument(
            rule, "the API key is not of the tenant that --tenant names; nothing was taken over"
        )
    raise InvalidArgument(rule, f"{detail or 'the address does not answer as Amends does'} (HTTP {status})")


def _object(raw: bytes) -> Mapping[str, Any]:
    try:
        found = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}
