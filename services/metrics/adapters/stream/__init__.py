"""The stream: Faust, and only in this package.

Two agents. The first reads the events of intake, resolution and follow-up, all keyed by case, folds each
into its case (table `cases`) and sends what the case now gives its window, whole, to the facts topic, keyed
by window. The second keeps per window what each case gives (table `windows`) and closes windows that are
final. Both write behind (`behind`): the last state of a case alone, at the latest before the next commit.

Faust delivers at least once and skips what fails. So an exception out of an agent ends the process
(CrashingSupervisor) and what was not committed is read again; what cannot be understood is parked in
`<topic>.metrics.dlq`, acknowledged, before its offset can be committed; values travel as raw bytes and are
decoded here, for a decode error inside Faust is committed in silence; no offset is committed before every
changelog record and fact it caused is acknowledged; topics exist before anything subscribes; the web server,
which would show table data, is off; there is no `take`; and `exactly_once` is not used, because a repeat
changes nothing.
"""

from services.metrics.adapters.stream.component import (
    EVENTS,
    FACTS,
    GROUP,
    SOURCES,
    MetricsStream,
    Settings,
    StreamCrashed,
    TooManyRejects,
)

__all__ = [
    "EVENTS",
    "FACTS",
    "GROUP",
    "SOURCES",
    "MetricsStream",
    "Settings",
    "StreamCrashed",
    "TooManyRejects",
]
