"""The composition root: every long-lived object of the process is made here, once, and closed here."""

from vutler_router.container.process import Process, new_request_id, open_process, utc_now

__all__ = ["Process", "new_request_id", "open_process", "utc_now"]
