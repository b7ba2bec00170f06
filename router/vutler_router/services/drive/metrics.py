"""What is counted of the drive."""

import contextlib
from collections.abc import Iterator

from vutler_router.errors import RouterError
from vutler_router.services.answering.metrics import RequestMetrics

__all__ = ["DriveMetrics"]


class DriveMetrics:
    """Counters among those of the process; no names of files or agents."""

    def __init__(self, metrics: RequestMetrics) -> None:
        self._bytes = metrics.counter("vutler_drive_bytes", "Bytes of files that came in or went out", ("direction",))
        self._files = metrics.counter("vutler_drive_files", "Files that were uploaded, read or deleted", ("operation",))
        self._refusals = metrics.counter("vutler_drive_refusals", "Requests for files that were refused", ("code",))
        self._swept = metrics.counter("vutler_drive_swept", "Contents of no file that were thrown away")

    def uploaded(self, size: int) -> None:
        """Count a file that was kept."""
        self._files.labels("upload").inc()
        self._bytes.labels("upload").inc(size)

    def read(self) -> None:
        """Count a file that somebody began to read."""
        self._files.labels("download").inc()

    def sent(self, size: int) -> None:
        """Count bytes that were read."""
        self._bytes.labels("download").inc(size)

    def deleted(self) -> None:
        """Count a file that was deleted."""
        self._files.labels("delete").inc()

    def swept(self, count: int) -> None:
        """Count contents that nobody needed."""
        self._swept.inc(count)

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Count what the block refuses."""
        try:
            yield
        except RouterError as error:
            self._refusals.labels(error.code).inc()
            raise
