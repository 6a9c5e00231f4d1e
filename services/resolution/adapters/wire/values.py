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


@lru_cache(maxsize=4096)
def person(of: Person) -> pb.EmployeeRef:
    """An employee as others may know them."""
    return pb.EmployeeRef(
        employee_id=of.employee_id, display_name=of.display_name, rank=of.rank, contact=of.contact
    )


def amount(of: Amount) -> common_pb2.Amount:
    """An amount of the contract."""
    return common_pb2.Amount(unit=of.unit, value=of.value)
