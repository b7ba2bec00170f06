"""What an agent is told of a provider's failure: never words by which it would give its model up.

OpenClaw 2026.9.6 sorts failures not only by status but by their text. What sounds like a refused key or an empty
account disables the model for the agent: tried with a 400 whose message said "(401)", "access denied", "key has
expired" or "plans & billing", after each of which the agent asked no more. That a key was refused or credits are gone,
in our words, did not. People are told everything, by `llm-test` and the chat of the API.
"""

import re
from typing import Final

from vutler_router.errors import RouterError, UpstreamError
from vutler_router.wire.faults import Fault, error_body, fault_of

__all__ = ["fault_for_agent"]

_ALARMING: Final = re.compile(
    r"\b40[123]\b|api.?key|credential|authenticat|unauthori[sz]ed|forbidden|denied|permission|expired|revoked|disabled"
    r"|deactivated|invalid token|scope|credit|balance|billing|payment|budget|spend|insufficient|quota|subscription"
    r"|not allowed|extra usage|无权|认证|鉴权|密钥|余额|欠费",
    re.IGNORECASE,
)


def fault_for_agent(error: RouterError) -> Fault:
    """Return the answer for an error, in our words alone where the provider's would alarm."""
    fault = fault_of(error)
    if not isinstance(error, UpstreamError) or not _ALARMING.search(error.said):
        return fault
    return Fault(fault.status, error_body(error.summary, error.category, error.code, error.param), fault.headers)
