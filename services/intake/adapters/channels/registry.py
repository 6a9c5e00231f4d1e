"""Every webhook that intake serves, by its path below `/v1/hooks/{tenant}/`. A new channel is a file and
a line.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.intake.adapters.channels import messenger, twilio, twilio_sms, whatsapp
from services.intake.adapters.channels.hooks import Hook

HOOKS: Mapping[str, Hook] = {
    hook.path: hook
    for hook in (
        *twilio.HOOKS,
        *twilio_sms.HOOKS,
        *whatsapp.HOOKS,
        *messenger.HOOKS,
    )
}
