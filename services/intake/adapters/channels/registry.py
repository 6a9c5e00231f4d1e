"""Every channel of every provider that intake hears. A new one is a file and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from services.intake.adapters.channels import (
    amazon_connect,
    asterisk,
    calls,
    genesys,
    imap,
    instagram,
    line,
    mailgun,
    messenger,
    postmark,
    sendgrid,
    ses,
    standard,
    telegram,
    twilio,
    twilio_sms,
    viber,
    webchat,
    webform,
    whatsapp,
    x,
)
from services.intake.adapters.channels.hooks import Hook, Integration
from services.intake.domain.records import Channel

INTEGRATIONS: tuple[Integration, ...] = (
    amazon_connect.INTEGRATION,
    asterisk.INTEGRATION,
    calls.INTEGRATION,
    genesys.INTEGRATION,
    imap.INTEGRATION,
    instagram.INTEGRATION,
    line.INTEGRATION,
    Integration("mail", Channel.EMAIL),  # by SMTP and LMTP: adapters/smtp.py
    mailgun.INTEGRATION,
    messenger.INTEGRATION,
    postmark.INTEGRATION,
    sendgrid.INTEGRATION,
    standard.INTEGRATION,
    standard.WEBFORM,
    ses.INTEGRATION,
    telegram.INTEGRATION,
    twilio.INTEGRATION,
    twilio_sms.INTEGRATION,
    twilio_sms.WHATSAPP,
    viber.INTEGRATION,
    webchat.INTEGRATION,
    webform.INTEGRATION,
    whatsapp.INTEGRATION,
    x.INTEGRATION,
)
# by their path below `/v1/hooks/{tenant}/`
HOOKS: Mapping[str, Hook] = {hook.path: hook for each in INTEGRATIONS for hook in each.hooks}
