"""What people say to agents, and mails that wake them, begin trees of calls, too."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from typing_extensions import override

from vutler_router.domain.agent import Agent
from vutler_router.domain.ask_store import Ask, AskKind
from vutler_router.providers.ports import Transport
from vutler_router.services.agent_gateway import AgentGateway, Asked
from vutler_router.services.asking.session_names import MAIL_SESSION, SessionNames
from vutler_router.services.asking.turns import Turns
from vutler_router.services.directory import AgentDirectory

__all__ = ["PersonsGateway", "person_turn"]


class PersonsGateway(AgentGateway):
    """Talks to agents for people, each turn on record as the root of a tree.

    Args:
        transport: See `AgentGateway`.
        directory: See `AgentGateway`.
        now: The time.
        turns: Where what is under way is kept.
        new_turn: Makes the record of a turn, for the agent and the conversation's name.
    """

    def __init__(
        self,
        transport: Transport,
        directory: AgentDirectory,
        now: Callable[[], datetime],
        turns: Turns,
        new_turn: Callable[[Agent, str | None], Ask],
    ) -> None:
        super().__init__(transport, directory, now)
        self._turns = turns
        self._new_turn = new_turn

    @override
    @asynccontextmanager
    async def asked(
        self, agent: Agent, messages: Sequence[Mapping[str, object]], *, session: str | None, stream: bool
    ) -> AsyncIterator[Asked]:
        ask = self._new_turn(agent, session)
        async with (
            self._turns.running(ask),
            super().asked(agent, messages, session=ask.session, stream=stream) as asked,
        ):
            yield Asked(asked.reply, ask.tree_id)


def person_turn(
    names: SessionNames, now: Callable[[], datetime], new_id: Callable[[str], str], longest: float
) -> Callable[[Agent, str | None], Ask]:
    """Return what makes the records of people's turns.

    Args:
        names: Names the conversation where the person does not.
        now: The time.
        new_id: Makes ids that begin with the time, for a prefix.
        longest: Seconds after which a turn is over whatever happens.
    """

    def made(agent: Agent, session: str | None) -> Ask:
        tree_id, began = new_id("tree"), now()
        return Ask(
            id=new_id("ask"),
            tree_id=tree_id,
            parent="",
            asker="",
            peer=agent.id,
            workspace_id=agent.workspace_id,
            depth=0,
            path=(agent.id,),
            session=session or names.name(AskKind.CHAT, tree_id, asker="", peer=agent.id),
            started_at=began,
            deadline=began + timedelta(seconds=longest),
            kind=AskKind.EMAIL if (session or "").startswith(MAIL_SESSION) else AskKind.CHAT,
        )

    return made
