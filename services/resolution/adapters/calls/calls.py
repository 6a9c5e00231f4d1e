"""What every group of calls stands on."""

from __future__ import annotations

from datetime import date

from amends.resolution.v1 import service_pb2 as pb

from services.resolution.adapters import answers
from services.resolution.app.absence import Absence
from services.resolution.app.asking import Questions
from services.resolution.app.editing import Editing
from services.resolution.app.fulfilling import Fulfilling
from services.resolution.app.handing_over import HandingOver
from services.resolution.app.handlers import Commands
from services.resolution.app.learning import Learning
from services.resolution.app.lending import Lending
from services.resolution.app.merging import Merging
from services.resolution.app.people import People
from services.resolution.app.rules import Rules
from services.resolution.app.turn import Turns
from services.resolution.domain.state import Case


class Calls:
    """The application's side of the service, and a case as an answer."""

    def __init__(self, turns: Turns, rules: Rules) -> None:
        self._rules = rules
        self._commands = Commands(turns)
        self._handing_over = HandingOver(turns)
        self._fulfilling = Fulfilling(turns)
        self._turns = turns
        self._lending = Lending(turns)
        self._merging = Merging(turns)
        self._questions = Questions(turns)
        self._people = People(turns)
        self._absence = Absence(turns)
        self._editing = Editing(turns)
        self._learning = Learning(turns)

    def _today(self) -> date:
        return self._turns.clock.now().date()

    def _case(self, case: Case) -> pb.Case:
        return answers.case(case, self._rules.playbook_of(case))
