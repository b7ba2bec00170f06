"""What a caller of the platform's tools may see."""

from typing import Annotated, assert_never

from fastapi import Depends

from vutler_router.dependencies import KnownCaller
from vutler_router.domain.caller import AdminCaller, AgentCaller
from vutler_router.domain.scope import Scope

__all__ = ["CallerScope"]


async def get_scope(caller: KnownCaller) -> Scope:
    """Return the caller's scope: an agent has its workspace, the administrator all of them."""
    match caller:
        case AgentCaller(agent):
            return Scope.of(agent)
        case AdminCaller():
            return Scope()
        case _:
            assert_never(caller)


CallerScope = Annotated[Scope, Depends(get_scope)]
