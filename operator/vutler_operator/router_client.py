"""The only module that talks to the router."""

from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final, TypeVar
from urllib.parse import quote

import httpx
from httpx_aiohttp import AiohttpTransport
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from vutler_operator.errors import RouterError, RouterUnreachable
from vutler_operator.secrecy import hide, secrets_in

__all__ = ["AgentUsage", "FairUse", "KeyTrouble", "RouterClient", "RouterRecord", "UsageSummary"]

_TIMEOUT: Final = httpx.Timeout(10, connect=3)
_PAGE: Final = 500
_BY_STATUS: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})
"""Refusals that are told apart by their status, whatever their body says."""

Model = TypeVar("Model", bound=BaseModel)


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class RouterRecord(_Answer):
    """An agent as the router has it."""

    id: str
    managed_by: str = "api"
    revision: str | None = None


class FairUse(_Answer):
    """How far an agent is into its plan and budgets, as the router judges it.

    The share in per cent is left out on purpose: it moves with every request, and says no more than the figures do.
    """

    state: str = "Within"
    """`Within`, `Nearly` or `Exceeded`."""
    reason: str = ""
    """Which is used most: `plan`, `monthlyTokens`, `monthlyCost`, or nothing without any of them."""
    action: str = "Log"
    """What happens when it is used up: `Log`, `Throttle`, `Block` or `Downgrade`."""


class AgentUsage(_Answer):
    """What one agent used in a period."""

    agent_id: str
    requests: int = 0
    tokens_total: int = 0
    cost_total: float = 0
    included_tokens: int | None = None
    percent: float | None = None
    overage_tokens: int = 0
    period: str = ""
    """The month (`2026-11`), where it is known; empty: the current one."""
    fair_use: FairUse | None = None
    """None from a router that does not judge it yet."""


class UsageSummary(_Answer):
    """What all agents used in a month."""

    start: datetime | None = Field(None, alias="from")
    """Its first moment; None from a router that does not say."""
    agents: tuple[AgentUsage, ...] = ()

    @property
    def month(self) -> str:
        """The month, `2026-11`; empty when it is not said."""
        return "" if self.start is None else f"{self.start:%Y-%m}"


class KeyTrouble(_Answer):
    """A user's key that its provider refuses now."""

    source: str | None = None
    """The LLMConfig that it comes from, `namespace/name`."""
    provider: str = ""
    code: str = ""
    message: str = ""


class _Troubles(_Answer):
    key_troubles: tuple[KeyTrouble, ...] = ()


class _Page(_Answer):
    agents: tuple[RouterRecord, ...] = ()
    next_cursor: str | None = None


class RouterClient:
    """The router's admin API as far as the operator needs it.

    Args:
        url: where it is.
        token: its admin token.
        may_write: called right before a request that changes something is sent; what it raises stops the request.
    """

    def __init__(self, url: str, token: str, may_write: Callable[[], None] = lambda: None) -> None:
        self._may_write = may_write
        self._http = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=_TIMEOUT,
            transport=AiohttpTransport(),
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def list_agents(self) -> dict[str, RouterRecord]:
        """Return all agents that the router knows, by id."""
        records: dict[str, RouterRecord] = {}
        query = {"limit": str(_PAGE), "fields": "mark"}
        while True:
            page = _parse(_Page, await self._call("GET", "/api/v1/agents", query=query))
            records |= {record.id: record for record in page.agents}
            if not page.next_cursor:
                return records
            query["cursor"] = page.next_cursor

    async def put_agent(self, identifier: str, record: Mapping[str, JsonValue]) -> None:
        """Make the router's copy of an agent what it should be."""
        await self._call("PUT", f"/api/v1/agents/{quote(identifier)}", body=record)

    async def delete_agent(self, identifier: str) -> None:
        """Remove an agent and revoke its token; one that is gone already is fine."""
        try:
            await self._call("DELETE", f"/api/v1/agents/{quote(identifier)}")
        except RouterError as error:
            if error.code != "404":
                raise

    async def usage(self) -> UsageSummary:
        """Return this month's usage of all agents."""
        answer = await self._call("GET", "/api/v1/usage/summary", query={"period": "month"})
        summary = _parse(UsageSummary, answer)
        dated = tuple(usage.model_copy(update={"period": summary.month}) for usage in summary.agents)
        return summary.model_copy(update={"agents": dated})

    async def key_troubles(self) -> tuple[KeyTrouble, ...]:
        """Return the users' keys that are refused now; an older router knows of none."""
        try:
            return _parse(_Troubles, await self._call("GET", "/api/v1/key-troubles")).key_troubles
        except RouterError as error:
            if error.code != "404":
                raise
            return ()

    async def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, JsonValue] | None = None,
    ) -> bytes:
        if method != "GET":
            self._may_write()
        try:
            answer = await self._http.request(method, path, params=query, json=body)
        except (httpx.HTTPError, OSError) as error:
            raise RouterUnreachable(f"{self._http.base_url}: {type(error).__name__}") from error
        if answer.is_success:
            return answer.content
        raise _refusal(answer, body)


def _parse(model: type[Model], content: bytes) -> Model:
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise RouterError(f"the router's answer is not understood: {error.error_count()} errors") from error


def _refusal(answer: httpx.Response, sent: Mapping[str, JsonValue] | None) -> RouterError:
    try:
        decoded: Any = answer.json()
    except ValueError:
        decoded = None
    error = decoded.get("error") if isinstance(decoded, dict) else None
    if answer.status_code == HTTPStatus.NOT_FOUND and not isinstance(error, dict):
        return RouterUnreachable("404: whoever answers there is not the router")
    details: Mapping[str, Any] = error if isinstance(error, dict) else {}
    message = hide(f"{answer.status_code}: {details.get('message') or answer.reason_phrase}", secrets_in(sent))
    if answer.is_server_error or answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return RouterUnreachable(message)
    named = "" if answer.status_code in _BY_STATUS else details.get("code")
    code = str(named or answer.status_code)
    return RouterError(message, code=code, param=str(details.get("param") or ""))
