"""Failures on demand: the next answers of one API are a status of our choice, or no answer at all."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aiohttp import web

DROP = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with the next `times` requests to `provider`.

    `status` is the HTTP (or SMTP) status answered, `DROP` closes the connection without an answer. With
    `after_accept` the message is taken first, so that the caller cannot know whether it went out: the case a
    retry must survive. `retry_after` (seconds) is sent along when above zero.
    """

    provider: str
    status: int
    times: int = 1
    after_accept: bool = False
    retry_after: int = 0


class Faults:
    """The faults ordered and not yet used up, first ordered first."""

    def __init__(self) -> None:
        self._ordered: list[Fault] = []

    def order(self, fault: Fault) -> None:
        """Have `fault` happen to the next requests of its provider."""
        self._ordered.append(fault)

    def take(self, provider: str) -> Fault | None:
        """The fault for this request of `provider`, counted down; None when it should succeed."""
        for index, fault in enumerate(self._ordered):
            if fault.provider == provider:
                if fault.times <= 1:
                    del self._ordered[index]
                else:
                    self._ordered[index] = replace(fault, times=fault.times - 1)
                return fault
        return None


def fail(request: web.Request, fault: Fault) -> web.Response:
    """The answer (or the silence) that `fault` asks for."""
    if fault.status == DROP:
        if request.transport is not None:
            request.transport.close()
        # Never seen by the caller: the connection is gone.
        return web.Response(status=500)
    headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after else {}
    body = {"code": fault.status, "message": "fault ordered through /faults", "status": fault.status}
    return web.json_response(body, status=fault.status, headers=headers)
