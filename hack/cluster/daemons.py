"""Start the daemons of one cluster that are not running, and keep the record of them true."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hack.cluster.api import ApiUnreachableError
from hack.cluster.errors import DaemonExitedError
from hack.cluster.paths import ClusterPaths
from hack.cluster.processes import Daemon, end, start, tail
from hack.cluster.record import Record, forget_daemon, save_record
from hack.cluster.waiting import wait_until

__all__ = ["Daemons"]


class Daemons:
    """Own the running daemons of a cluster; whoever uses it holds the cluster's lock."""

    def __init__(self, paths: ClusterPaths, record: Record) -> None:
        self._paths = paths
        self.record = record

    def running(self, name: str) -> bool:
        """Say whether a daemon runs."""
        process = self.record.daemons.get(name)
        return process is not None and process.alive()

    def ensure(self, daemon: Daemon) -> None:
        """Start a daemon unless it runs.

        Raises:
            DaemonExitedError: when it ends at once.
        """
        if self.running(daemon.name):
            return
        process = start(daemon, self._paths.log(daemon.name))
        self.change(replace(self.record, daemons={**self.record.daemons, daemon.name: process}))

    def stop(self, name: str) -> None:
        """End a daemon and forget it."""
        process = self.record.daemons.get(name)
        if process:
            end([process])
            self.change(forget_daemon(self.record, name))

    def wait(self, check: Callable[[], bool], *, what: str, seconds: float, needs: tuple[str, ...]) -> None:
        """Wait for something that the daemons `needs` bring about.

        Raises:
            DaemonExitedError: as soon as one of them has ended.
            ClusterError: when it did not happen in time.
        """

        def _checked() -> bool:
            for name in needs:
                if not self.running(name):
                    raise DaemonExitedError(name, tail(self._paths.log(name)))
            try:
                return check()
            except ApiUnreachableError:
                return False

        wait_until(_checked, what=what, seconds=seconds)

    def change(self, record: Record) -> None:
        """Take over a changed record and save it."""
        self.record = record
        save_record(self._paths, record)
