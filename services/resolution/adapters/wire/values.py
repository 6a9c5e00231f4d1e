"""Values of the domain as values of the contract."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from amends.common.v1 import common_pb2
from amends.resolution.v1 import events_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis.clock import to_proto
from services.resolution.domain.words import Amount, Person


@lru_cache(maxsize=256)
def stamp(moment: datetime) -> Timestamp:
    """A batch has one instant: its Timestamp is made once, and copied by whatever it is put into."""
    return to_proto(moment)


def person(of: Person) -> pb.EmployeeRef:
    """An employee as others may know them."""
    return _employee(of.employee_id, of.display_name, of.rank, of.contact, of.team)


@lru_cache(maxsize=4096)
def _employee(employee_id: str, display_name: str, rank: int, contact: str, team: str) -> pb.EmployeeRef:
    return pb.EmployeeRef(
        employee_id=employee_id, display_name=display_name, rank=rank, contact=contact, team=team
    )


def amount(of: Amount) -> common_pb2.Amount:
    """An amount of the contract."""
    return common_pb2.Amount(unit=of.unit, value=of.value)
