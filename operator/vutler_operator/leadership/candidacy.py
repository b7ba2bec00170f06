"""Takes part in the election of the operator that acts, from the start of a process to its end."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

from prometheus_client import Counter

from vutler_operator import names
from vutler_operator.cluster import Client, LeaseRecord, own_namespace
from vutler_operator.leadership.election import Election, Terms
from vutler_operator.leadership.elector import Elector
from vutler_operator.leadership.lineage import candidate_of_pod, candidate_of_process
from vutler_operator.settings import Settings

__all__ = ["candidacy"]

_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Goes on while the machine sleeps, where there is such a clock: a holder that wakes up must know that it slept."""


@asynccontextmanager
async def candidacy(settings: Settings, count: Counter) -> AsyncIterator[Elector]:
    """Yield this process's part in the election; leave when nothing writes any more, for that gives the Lease back.

    It has a connection of its own: a renewal must not wait behind a thousand writes.

    Args:
        settings: where the Lease is, and which pod this is.
        count: see `Client.connect`.

    Raises:
        SettingsError: there is no usable cluster configuration.
    """
    client = await Client.connect(count)
    try:
        terms = Terms()
        candidate = candidate_of_pod(settings.pod_id) if settings.pod_id else candidate_of_process()
        elector = Elector(
            LeaseRecord(
                client, settings.operator_namespace or own_namespace(), names.lease_name(settings.watch_namespaces)
            ),
            Election(candidate, terms),
            terms,
            lambda: time.clock_gettime(_CLOCK),
            lambda: datetime.now(UTC),
        )
        try:
            yield elector
        finally:
            await elector.release()
    finally:
        await client.aclose()
