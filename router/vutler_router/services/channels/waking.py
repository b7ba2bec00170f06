"""Asks agents that were mentioned, and posts what they answer."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from vutler_router.domain.breaker_store import stored_time
from vutler_router.domain.channel import Author, AuthorKind, Channel, Draft, Wake
from vutler_router.domain.channel_store import ChannelStore
from vutler_router.domain.claim_store import ClaimStore
from vutler_router.errors import RouterError, UpstreamError
from vutler_router.services.agent_voice import AGENT_TOO_SLOW, AgentVoice
from vutler_router.services.channels.mentions import Mentions
from vutler_router.services.channels.metrics import ChatMetrics
from vutler_router.services.channels.prompts import channel_prompt
from vutler_router.services.channels.service import ChatService
from vutler_router.services.channels.words import fitted
from vutler_router.services.claimed_work import ClaimedWork, Pace, Steps

__all__ = ["Waking"]

_LOOKED_AT: Final = 200
"""Mentions that one round considers, the oldest."""

_TOO_OLD: Final = timedelta(hours=1)
"""A mention that nobody could ask about for so long is told of, not asked about."""

_PACE: Final = Pace(8, 0.05, 1.0, timedelta(seconds=5), timedelta(seconds=20))
_REPEATS: Final = 3
"""How often an agent that could not be reached is asked again, until it is told that there is no answer."""

_SILENT: Final = frozenset({"NO_REPLY"})
"""What OpenClaw's agents say when they want to say nothing."""

_log = structlog.get_logger(__name__)


class Waking:
    """Answers mentions, off the request path.

    Of several processes one asks: it claims the mention, and keeps the claim while the agent thinks. If it dies another
    one asks again within half a minute; an answer that was posted already is never posted twice.

    Args:
        store: Where mentions wait.
        claims: How processes share them.
        chat: Keeps the answers.
        voice: Asks agents.
        mentions: Decides whom an answer wakes.
        metrics: Counts what became of mentions.
        now: The time, UTC.
    """

    def __init__(
        self,
        store: ChannelStore,
        claims: ClaimStore,
        chat: ChatService,
        voice: AgentVoice,
        mentions: Mentions,
        metrics: ChatMetrics,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._chat = chat
        self._voice = voice
        self._mentions = mentions
        self._metrics = metrics
        self._now = now
        steps = Steps(self._waiting, lambda wake: wake.id, lambda wake: wake.id, self._answer)
        self.work: Final = ClaimedWork("chat-waking", steps, claims, now, _PACE)

    async def _waiting(self) -> Sequence[Wake]:
        return await self._store.waiting(_LOOKED_AT)

    async def _answer(self, wake: Wake, attempt: int) -> bool:
        """Ask, post and settle."""
        channel = await self._store.by_key(wake.channel_key)
        if channel is not None and await self._store.answer_to(wake) is None:
            draft = await self._asked(channel, wake, attempt)
            if draft is None:
                return False
            if draft.text and await self._store.answer_to(wake) is None:
                await self._chat.keep(wake.channel_key, draft)
        await self._store.settle(wake)
        return True

    async def _asked(self, channel: Channel, wake: Wake, attempt: int) -> Draft | None:
        """Return the answer, or the notice that there is none; None when the agent is to be asked again later."""
        try:
            if self._now() - wake.message.created_at > _TOO_OLD:
                return self._notice(wake, "the message waited for more than an hour, so the agent was not asked.")
            prompt = channel_prompt(channel, wake.message)
            words = await self._voice.ask(wake.agent_id, prompt, session=f"channel-{channel.key}")
        except RouterError as error:
            reason = error.summary if isinstance(error, UpstreamError) else error.message
            _log.warning("mentioned agent did not answer", agent_id=wake.agent_id, code=error.code)
            if error.retryable and error.code != AGENT_TOO_SLOW and attempt <= _REPEATS:
                return None
            return self._notice(wake, reason)
        text = fitted(words)
        if not text:
            return self._notice(wake, "the agent answered without words.")
        self._metrics.count("answered")
        return self._draft(channel, wake, "" if text in _SILENT else text)

    def _draft(self, channel: Channel, wake: Wake, text: str) -> Draft:
        author, depth = Author(AuthorKind.AGENT, wake.agent_id), wake.message.depth + 1
        wakes = self._mentions.wakes(channel.workspace_id, author, text, depth)
        return Draft(author, text, stored_time(self._now()), depth, wakes, answers=wake.message.number)

    def _notice(self, wake: Wake, reason: str) -> Draft:
        """Say in the router's own words that there is no answer; the notice bears the agent's id and wakes nobody."""
        self._metrics.count("unanswered")
        text = f"No answer from {wake.agent_id}: {reason}"
        author = Author(AuthorKind.NOTICE, wake.agent_id)
        depth = wake.message.depth + 1
        return Draft(author, text, stored_time(self._now()), depth, answers=wake.message.number)
