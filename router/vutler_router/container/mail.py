"""Opens what sends agents' mail, and brings it to them."""

import contextlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from vutler_router.container.clocks import utc_now
from vutler_router.container.surroundings import Surroundings
from vutler_router.services.mail.addresses import Addresses
from vutler_router.services.mail.intake import MailIntake
from vutler_router.services.mail.metrics import MailMetrics
from vutler_router.services.mail.polling import MailPolling
from vutler_router.services.mail.sending import MailSending
from vutler_router.services.mail.service import MailService
from vutler_router.services.mail.telling import MailTelling
from vutler_router.settings import Settings, decode_webhook_secret, parse_imap_url, parse_smtp_url

__all__ = ["MailTools", "opened_mail"]


@dataclass(frozen=True, slots=True)
class MailTools:
    """What callers may ask of mail; without a webhook secret none is taken by webhook."""

    service: MailService
    intake: MailIntake
    webhook_secret: bytes | None = field(repr=False)


async def opened_mail(stack: contextlib.AsyncExitStack, around: Surroundings) -> MailTools:
    """Begin to send queued mails, to tell agents of theirs, and to look for new ones."""
    store, claims, settings = around.storage.mails, around.storage.claims, around.settings
    counted, bells = MailMetrics(around.metrics), _Bells([])
    addresses = Addresses(around.directory, settings.mail_domain, settings.mail_allowed_domains)
    service = MailService(
        store,
        addresses,
        counted,
        utc_now,
        lambda: f"mail_{secrets.token_hex(16)}",
        per_hour=settings.mail_per_hour,
        has_server=settings.mail_smtp_url is not None,
        on_kept=bells.ring,
    )
    intake = MailIntake(service, addresses, counted, utc_now)
    telling = MailTelling(store, claims, around.voice, counted, utc_now)
    bells.rung.append(telling.work.ring)
    await stack.enter_async_context(telling.work.running())
    if settings.mail_smtp_url is not None:
        from vutler_router.providers.smtp import SmtpSender  # noqa: PLC0415 - only where there is a server

        server = parse_smtp_url(settings.mail_smtp_url.get_secret_value())
        sending = MailSending(store, claims, SmtpSender(server), counted, utc_now)
        bells.rung.append(sending.work.ring)
        await stack.enter_async_context(sending.work.running())
    if settings.mail_imap_url is not None:
        from vutler_router.providers.imap import ImapSource  # noqa: PLC0415 - only where there is a folder

        source = ImapSource(parse_imap_url(settings.mail_imap_url.get_secret_value()))
        polling = MailPolling(source, claims, intake, utc_now, interval=settings.mail_poll_interval)
        await stack.enter_async_context(polling.running())
    return MailTools(service, intake, _secret(settings))


@dataclass(frozen=True, slots=True)
class _Bells:
    """Those who hear of every mail; they are made after the service that rings."""

    rung: list[Callable[[], None]]

    def ring(self) -> None:
        for ring in self.rung:
            ring()


def _secret(settings: Settings) -> bytes | None:
    secret = settings.mail_webhook_secret
    return None if secret is None else decode_webhook_secret(secret.get_secret_value())
