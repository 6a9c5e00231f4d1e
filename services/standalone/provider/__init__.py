"""A small provider that really listens: what the demo and the tests send to instead of Twilio, Meta and the
internet.

It speaks the Twilio Messages API (`telephony`), the WhatsApp Cloud, Messenger and Instagram Send APIs
(`social`) and those of other messengers (`chats`) over HTTP, and takes mail over SMTP (`mailbox`). Whatever
it accepts it keeps (`recorded`), answers with an id of the provider's own form, and reports back with
delivery receipts signed as the provider signs them (`receipts`).
Faults are ordered through `POST /faults`; simulated customers read what they were sent through `GET
/recorded`.

Of the real message APIs only LINE's has an idempotency key for sending, and so it is here: to all others
the same request twice is two messages. What else they do offer is here: Twilio's message list can be
searched, WhatsApp returns `biz_opaque_callback_data` in its statuses.
"""

from services.standalone.provider.faults import Fault
from services.standalone.provider.recorded import Ledger, Message
from services.standalone.provider.server import Provider, ProviderSettings, provider

__all__ = ["Fault", "Ledger", "Message", "Provider", "ProviderSettings", "provider"]
