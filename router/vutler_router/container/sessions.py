"""Makes what signs people in, and what forgets those who left."""

import time
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Final

from vutler_router.container.clocks import utc_now
from vutler_router.domain.cluster_accounts import ClusterAccounts
from vutler_router.services.failed_sign_ins import FailedSignIns
from vutler_router.services.rounds import Rounds
from vutler_router.services.sessions import Sessions, SessionTerms
from vutler_router.settings import Settings
from vutler_router.storage import Storage

__all__ = ["opened_sessions"]

_SWEPT_EVERY: Final = 600.0


async def opened_sessions(
    stack: AsyncExitStack, settings: Settings, storage: Storage, accounts: ClusterAccounts, admin_token: str
) -> Sessions:
    """Make the sessions; what has ended is swept away until the stack is unwound."""
    terms = SessionTerms(
        lifetime=timedelta(hours=settings.session_hours),
        idle=timedelta(minutes=settings.session_idle_minutes),
        most=settings.sessions_per_user,
    )
    failures = FailedSignIns(time.monotonic)
    sessions = Sessions(storage.sessions, accounts, admin_token, terms, failures, utc_now)
    sweeping = Rounds("sessions", sessions.sweep, pause=_SWEPT_EVERY, longest=_SWEPT_EVERY)
    await stack.enter_async_context(sweeping.running())
    return sessions
