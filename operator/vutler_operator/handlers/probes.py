"""Serves `/healthz`, `/readyz` and `/metrics`."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

__all__ = ["serve_probes"]


@asynccontextmanager
async def serve_probes(port: int, *, is_ready: Callable[[], bool], metrics: Callable[[], bytes]) -> AsyncIterator[int]:
    """Serve while the context lasts; yields the port, which is another than the given one if that is 0."""

    async def healthz(_: web.Request) -> web.Response:
        # Answered by the loop that reconciles: a loop that hangs does not answer.
        return web.json_response({"ok": True})

    async def readyz(_: web.Request) -> web.Response:
        ready = is_ready()
        return web.json_response({"ready": ready}, status=200 if ready else 503)

    async def metricsz(_: web.Request) -> web.Response:
        return web.Response(body=metrics(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metricsz)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, port=port)
        await site.start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()
