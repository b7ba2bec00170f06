"""A provider that allows each key so many requests in any minute and refuses the others, saying when to come back.

Run as a program, it listens on a loopback port::

    python -m bench.fairness.upstream --port 8123 --rpm 60
"""

import argparse
import asyncio
import math
import re
from collections import defaultdict, deque
from typing import Final

import uvloop
from typing_extensions import override

from bench.router.upstream import Upstream

__all__ = ["Allowance", "LimitedUpstream"]

_MINUTE: Final = 60.0
_KEY: Final = re.compile(rb"\r\nauthorization: *bearer ([^\r]*)", re.IGNORECASE)
_SAID: Final = b'{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded","param":null}}'


class Allowance:
    """Counts what each key was allowed in the minute before."""

    def __init__(self, rpm: int) -> None:
        self._rpm = rpm
        self._allowed: defaultdict[bytes, deque[float]] = defaultdict(deque)

    def wait(self, key: bytes, now: float) -> float:
        """Return 0 and count the request if there is room for it, else the seconds until there is."""
        allowed = self._allowed[key]
        while allowed and allowed[0] <= now - _MINUTE:
            allowed.popleft()
        if len(allowed) >= self._rpm:
            return allowed[0] + _MINUTE - now
        allowed.append(now)
        return 0.0


class LimitedUpstream(Upstream):
    """One connection; answers at once, or refuses at once."""

    def __init__(self, allowance: Allowance) -> None:
        super().__init__()
        self._allowance = allowance

    @override
    def _answer(self, request: bytes) -> None:
        key = _KEY.search(request)
        wait = 0.0 if key is None else self._allowance.wait(key[1], asyncio.get_running_loop().time())
        if not wait:
            super()._answer(request)
            return
        head = (
            b"HTTP/1.1 429 Too Many Requests\r\ncontent-type: application/json\r\n"
            b"retry-after: %d\r\ncontent-length: %d\r\n\r\n"
        )
        assert self._transport is not None  # noqa: S101 - data comes after the connection
        self._transport.write(head % (math.ceil(wait), len(_SAID)) + _SAID)


async def _main(port: int, rpm: int) -> None:
    allowance = Allowance(rpm)
    server = await asyncio.get_running_loop().create_server(lambda: LimitedUpstream(allowance), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Serve prebuilt chat completions, so many a minute.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--rpm", type=int, required=True)
    given = parser.parse_args()
    uvloop.run(_main(given.port, given.rpm))
