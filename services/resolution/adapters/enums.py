"""The vocabularies of the domain and of the contract, both ways. Names differ only by the enum's prefix,
so that a word added on one side alone is found when the module is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from amends.common.v1 import common_pb2
from amends.followup.v1 import events_pb2 as followup_pb2
from amends.resolution.v1 import events_pb2, service_pb2

from services.resolution.domain.concerns import Concern
from services.resolution.domain.decide.closing import Solved
from services.resolution.domain.playbook_versions import VersionStatus
from services.resolution.domain.words import Closing, Fulfilment, Outcome, ReplyKind, Status, Verdict

W = TypeVar("W", bound=StrEnum)


def _numbers(wrapper: Any, prefix: str, words: type[W]) -> dict[W, Any]:
    return {word: wrapper.Value(f"{prefix}_{word.value.upper()}") for word in words}


def _names(wrapper: Any, prefix: str) -> dict[int, str]:
    named: Mapping[str, int] = dict(wrapper.items())
    return {number: name.removeprefix(f"{prefix}_").lower() for name, number in named.items() if number}


STATUS = _numbers(events_pb2.Status, "STATUS", Status)
VERDICT = _numbers(events_pb2.Verdict, "VERDICT", Verdict)
CLOSING = _numbers(events_pb2.Closing, "CLOSING", Closing)
REPLY_KIND = _numbers(events_pb2.ReplyKind, "REPLY_KIND", ReplyKind)
FULFILMENT = _numbers(service_pb2.Fulfilment, "FULFILMENT", Fulfilment)
CONCERN = _numbers(service_pb2.Concern, "CONCERN", Concern)
OUTCOME = _numbers(events_pb2.ReplyChecked.Outcome, "OUTCOME", Outcome)
VERSION_STATUS = _numbers(service_pb2.PlaybookVersion.Status, "STATUS", VersionStatus)

STATUS_OF = {number: word for word, number in STATUS.items()}
VERDICT_OF = {number: word for word, number in VERDICT.items()}
CLOSING_OF = {number: word for word, number in CLOSING.items()}
REPLY_KIND_OF = {number: word for word, number in REPLY_KIND.items()}
SOLVED_OF = {
    number: word for word, number in _numbers(followup_pb2.FeedbackReceived.Solved, "SOLVED", Solved).items()
}

CHANNEL_OF = _names(common_pb2.Channel, "CHANNEL")
"""Channel number to its word ("email"); the unspecified one is absent."""
CHANNEL: Mapping[str, Any] = {name: number for number, name in CHANNEL_OF.items()}
SEVERITY_OF = _names(common_pb2.Severity, "SEVERITY")
SEVERITY: Mapping[str, Any] = {name: number for number, name in SEVERITY_OF.items()}
