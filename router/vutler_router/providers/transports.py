"""Which transport reaches which provider."""

from typing import Final

from typing_extensions import override

from vutler_router.providers.ports import Reply, Transport, UpstreamCall

__all__ = ["SchemeTransport"]

_ECHO: Final = "echo:"


class SchemeTransport(Transport):
    """Sends each call by what its URL begins with: `echo:` stays inside the process, everything else is HTTP."""

    def __init__(self, http: Transport, echo: Transport) -> None:
        self._http = http
        self._echo = echo

    @override
    async def send(self, call: UpstreamCall) -> Reply:
        return await (self._echo if call.url.startswith(_ECHO) else self._http).send(call)
