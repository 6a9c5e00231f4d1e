"""What happened to a case, past tense, by area. Those of `Published` go out under the same name in
amends.resolution.v1; fields marked "kept" stay in the state and are not part of the public message. Those of
`Heard` are facts that other services published: they change the state, and are not published a second time.
"""

from __future__ import annotations

from typing import TypeAlias

from services.resolution.domain.events import (
    authority,
    closing,
    hints,
    learning,
    life,
    merging,
    ownership,
    remedies,
    replies,
    solution,
)
from services.resolution.domain.events import staff as staff
from services.resolution.domain.events.authority import (
    AuthorityDenied as AuthorityDenied,
)
from services.resolution.domain.events.authority import (
    AuthorityLent as AuthorityLent,
)
from services.resolution.domain.events.authority import (
    AuthorityRequested as AuthorityRequested,
)
from services.resolution.domain.events.closing import (
    CaseClosed as CaseClosed,
)
from services.resolution.domain.events.closing import (
    CaseReopened as CaseReopened,
)
from services.resolution.domain.events.closing import (
    ConfirmationHeldBack as ConfirmationHeldBack,
)
from services.resolution.domain.events.heard import (
    CallEnded as CallEnded,
)
from services.resolution.domain.events.heard import (
    CallJoined as CallJoined,
)
from services.resolution.domain.events.heard import (
    CallStarted as CallStarted,
)
from services.resolution.domain.events.heard import (
    ContactMade as ContactMade,
)
from services.resolution.domain.events.heard import (
    CustomerRenamed as CustomerRenamed,
)
from services.resolution.domain.events.heard import (
    CustomerRestored as CustomerRestored,
)
from services.resolution.domain.events.heard import (
    CustomerSpoke as CustomerSpoke,
)
from services.resolution.domain.events.heard import (
    EmployeeSpoke as EmployeeSpoke,
)
from services.resolution.domain.events.heard import (
    Heard as Heard,
)
from services.resolution.domain.events.heard import (
    SuccessorOpened as SuccessorOpened,
)
from services.resolution.domain.events.hints import (
    HintGiven as HintGiven,
)
from services.resolution.domain.events.hints import (
    MissingGood as MissingGood,
)
from services.resolution.domain.events.learning import (
    CustomerDefected as CustomerDefected,
)
from services.resolution.domain.events.learning import (
    CustomerWonBack as CustomerWonBack,
)
from services.resolution.domain.events.learning import (
    DebriefHeld as DebriefHeld,
)
from services.resolution.domain.events.learning import (
    PreventionAskedFor as PreventionAskedFor,
)
from services.resolution.domain.events.learning import (
    PreventionOverdue as PreventionOverdue,
)
from services.resolution.domain.events.learning import (
    RepeatContactCounted as RepeatContactCounted,
)
from services.resolution.domain.events.learning import (
    RepeatFailureFound as RepeatFailureFound,
)
from services.resolution.domain.events.learning import (
    SameAs as SameAs,
)
from services.resolution.domain.events.learning import (
    WinBackDue as WinBackDue,
)
from services.resolution.domain.events.learning import (
    WinBackGivenUp as WinBackGivenUp,
)
from services.resolution.domain.events.learning import (
    WinBackStarted as WinBackStarted,
)
from services.resolution.domain.events.life import (
    CaseOpened as CaseOpened,
)
from services.resolution.domain.events.life import (
    SeverityAssessed as SeverityAssessed,
)
from services.resolution.domain.events.life import (
    StepCompleted as StepCompleted,
)
from services.resolution.domain.events.merging import (
    CasesLinked as CasesLinked,
)
from services.resolution.domain.events.merging import (
    CasesMerged as CasesMerged,
)
from services.resolution.domain.events.merging import (
    CaseSplit as CaseSplit,
)
from services.resolution.domain.events.ownership import (
    FirstContactMoved as FirstContactMoved,
)
from services.resolution.domain.events.ownership import (
    HandOffAccepted as HandOffAccepted,
)
from services.resolution.domain.events.ownership import (
    HandOffContinuedInWriting as HandOffContinuedInWriting,
)
from services.resolution.domain.events.ownership import (
    HandOffDeclined as HandOffDeclined,
)
from services.resolution.domain.events.ownership import (
    HandOffIntroduced as HandOffIntroduced,
)
from services.resolution.domain.events.ownership import (
    HandOffOffered as HandOffOffered,
)
from services.resolution.domain.events.ownership import (
    HandOffRefused as HandOffRefused,
)
from services.resolution.domain.events.ownership import (
    HandOffTimedOut as HandOffTimedOut,
)
from services.resolution.domain.events.ownership import (
    HandOffWithdrawn as HandOffWithdrawn,
)
from services.resolution.domain.events.ownership import (
    HelperInvited as HelperInvited,
)
from services.resolution.domain.events.ownership import (
    HelperJoined as HelperJoined,
)
from services.resolution.domain.events.ownership import (
    HelperLeft as HelperLeft,
)
from services.resolution.domain.events.ownership import (
    OwnerAssigned as OwnerAssigned,
)
from services.resolution.domain.events.remedies import (
    RemedyFulfilled as RemedyFulfilled,
)
from services.resolution.domain.events.remedies import (
    RemedyFulfilmentFailed as RemedyFulfilmentFailed,
)
from services.resolution.domain.events.remedies import (
    RemedyGranted as RemedyGranted,
)
from services.resolution.domain.events.remedies import (
    RemedyRevoked as RemedyRevoked,
)
from services.resolution.domain.events.replies import (
    Finding as Finding,
)
from services.resolution.domain.events.replies import (
    ReplyChecked as ReplyChecked,
)
from services.resolution.domain.events.replies import (
    ReplySent as ReplySent,
)
from services.resolution.domain.events.solution import (
    AlternativesAskedFor as AlternativesAskedFor,
)
from services.resolution.domain.events.solution import (
    CaseResolved as CaseResolved,
)
from services.resolution.domain.events.solution import (
    CauseRecorded as CauseRecorded,
)
from services.resolution.domain.events.solution import (
    FixApplied as FixApplied,
)
from services.resolution.domain.events.solution import (
    PreventionRecorded as PreventionRecorded,
)
from services.resolution.domain.events.solution import (
    SolutionProposed as SolutionProposed,
)
from services.resolution.domain.events.solution import (
    VerdictGiven as VerdictGiven,
)

Published: TypeAlias = (
    authority.Published
    | life.Published
    | ownership.Published
    | remedies.Published
    | replies.Published
    | hints.Published
    | solution.Published
    | closing.Published
    | merging.Published
    | learning.Published
)
Event: TypeAlias = Published | Heard
