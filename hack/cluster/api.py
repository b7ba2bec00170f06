"""Speak to the API server with the standard library."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hack.cluster.certificates import Pair, pair
from hack.cluster.errors import ClusterError

__all__ = ["ApiError", "ApiServer", "ApiUnreachableError"]

_FIELD_MANAGER = "vutler-local-cluster"
_NOT_FOUND = 404
_SECONDS = 30.0
"""Longer than any answer takes, also on a machine that is busy compiling."""


class ApiError(ClusterError):
    """Carry a refusal of the API server."""

    def __init__(self, what: str, status: int, body: str) -> None:
        super().__init__(f"{what}: {status} {body[:300]}")
        self.status = status


class ApiUnreachableError(ClusterError):
    """Say that the API server did not answer, or not in time; asking again may help."""

    def __init__(self, what: str, reason: Exception) -> None:
        super().__init__(f"{what}: the API server does not answer ({reason})")


class ApiServer:
    """Send requests as the cluster's administrator; one connection per request, safe in threads."""

    def __init__(self, host: str, port: int, *, authority: Path, client: Pair, timeout: float = _SECONDS) -> None:
        self._host, self._port, self._timeout = host, port, timeout
        self._tls = ssl.create_default_context(cafile=str(authority))
        self._tls.load_cert_chain(client.certificate, client.key)

    @classmethod
    def as_admin(cls, host: str, port: int, certificates: Path) -> ApiServer:
        """Return a client that uses the administrator's certificate of a cluster."""
        return cls(host, port, authority=pair(certificates, "ca").certificate, client=pair(certificates, "admin"))

    def ready(self) -> bool:
        """Say whether the server answers `/readyz` with ok."""
        try:
            self.request("GET", "/readyz")
        except (ApiError, ApiUnreachableError):
            return False
        return True

    def get(self, path: str) -> dict[str, Any] | None:
        """Return the object or list at a path, or None when there is none.

        Raises:
            ApiError: when the server refuses.
            ApiUnreachableError: when it does not answer.
        """
        try:
            found: dict[str, Any] = json.loads(self.request("GET", path))
        except ApiError as error:
            if error.status == _NOT_FOUND:
                return None
            raise
        return found

    def apply(self, path: str, manifest: dict[str, Any]) -> None:
        """Create or update the object at a path (server-side apply).

        Raises:
            ApiError: when the server refuses.
            ApiUnreachableError: when it does not answer.
        """
        query = f"?fieldManager={quote(_FIELD_MANAGER)}&force=true"
        self.request("PATCH", path + query, json.dumps(manifest), "application/apply-patch+yaml")

    def delete(self, path: str) -> None:
        """Delete the object at a path; no error when it is gone already.

        Raises:
            ApiError: when the server refuses.
            ApiUnreachableError: when it does not answer.
        """
        try:
            self.request("DELETE", path)
        except ApiError as error:
            if error.status != _NOT_FOUND:
                raise

    def watch(self, path: str, seconds: int) -> Iterator[dict[str, Any]]:
        """Yield the events of a collection for some time, beginning with everything there is.

        Raises:
            ApiError: when the server refuses.
            ApiUnreachableError: when the connection breaks.
        """
        connection = self._connect(seconds + self._timeout)
        try:
            connection.request("GET", f"{path}?watch=true&timeoutSeconds={seconds}")
            response = connection.getresponse()
            if response.status != http.client.OK:
                raise ApiError(f"watch {path}", response.status, response.read().decode(errors="replace"))
            for line in response:
                yield json.loads(line)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise ApiUnreachableError(f"watch {path}", error) from error
        finally:
            connection.close()

    def request(self, method: str, path: str, body: str | None = None, content_type: str = "application/json") -> str:
        """Send one request and return the body of the answer.

        Raises:
            ApiError: when the status is not 2xx.
            ApiUnreachableError: when it does not answer.
        """
        connection = self._connect(self._timeout)
        try:
            connection.request(method, path, body, {"Content-Type": content_type} if body else {})
            response = connection.getresponse()
            text = response.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            raise ApiUnreachableError(f"{method} {path}", error) from error
        finally:
            connection.close()
        if response.status >= http.client.MULTIPLE_CHOICES:
            raise ApiError(f"{method} {path}", response.status, text)
        return text

    def _connect(self, timeout: float) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(self._host, self._port, timeout=timeout, context=self._tls)
