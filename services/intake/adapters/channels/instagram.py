"""Instagram's direct messages: Messenger's shape for another object (conventions 1.7). Meta reports no
deliveries of them, only that one was read.
"""

from __future__ import annotations

from services.intake.adapters.channels.messenger import reader
from services.intake.adapters.channels.meta import integration
from services.intake.domain.records import Channel

INTEGRATION = integration(Channel.INSTAGRAM, reader(Channel.INSTAGRAM))
