"""A real IMAP server (pymap, in memory) as a process of its own, encrypted by STARTTLS with its own certificate."""

import asyncio
import contextlib
import imaplib
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.mongo import free_port
from tests.support.workspace import eventually

__all__ = ["ImapServer"]

Found = TypeVar("Found")

_USER, _PASSWORD = "agents", "p@ss-word-of-the-tests"
_SECONDS = 60.0
"""Generous: pymap checks each password slowly on purpose, and is Python."""

_TRIES = 5
_PROGRAM = "import sys; from pymap.main import main; sys.exit(main())"


@dataclass(frozen=True)
class ImapServer:
    """The server; `certificate` is what clients must trust."""

    port: int
    certificate: Path

    @classmethod
    @contextlib.asynccontextmanager
    async def running(cls, folder: Path) -> AsyncIterator["ImapServer"]:
        """Serve for the life of the block."""
        certificate, key = _make_certificate(folder)
        server = cls(free_port(), certificate)
        options = ["--host", "127.0.0.1", "--port", str(server.port), "--cert", str(certificate), "--key", str(key)]
        login = ["--demo-user", _USER, "--demo-password", _PASSWORD]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _PROGRAM, *options, "dict", *login, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            await eventually(server._answers, seconds=_SECONDS)
            yield server
        finally:
            process.kill()
            await process.wait()

    @property
    def url(self) -> str:
        """The address with user name and password, as a setting."""
        return f"imap://{_USER}:{_PASSWORD.replace('@', '%40')}@localhost:{self.port}/INBOX"

    async def put(self, mail: bytes) -> None:
        """Lay a mail into the folder, unseen."""

        def append() -> None:
            with self._client() as client:
                assert client.append("INBOX", "", None, mail)[0] == "OK"

        await self._patiently(append)

    async def unseen(self) -> int:
        """Return how many mails nobody has seen."""

        def count() -> int:
            with self._client() as client:
                client.select("INBOX", readonly=True)
                return len(client.search(None, "UNSEEN")[1][0].split())

        return await self._patiently(count)

    async def _patiently(self, ask: Callable[[], Found]) -> Found:
        """Ask again where the server was too busy to say more than that: it gives itself seconds for a command."""
        for _ in range(_TRIES - 1):
            with contextlib.suppress(imaplib.IMAP4.abort, OSError):
                return await asyncio.to_thread(ask)
        return await asyncio.to_thread(ask)

    @contextlib.contextmanager
    def _client(self) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4("localhost", self.port, timeout=_SECONDS) as client:
            client.starttls(ssl.create_default_context(cafile=str(self.certificate)))
            client.login(_USER, _PASSWORD)
            yield client

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True


def _make_certificate(folder: Path) -> tuple[Path, Path]:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "imap.crt", folder / "imap.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))
    return paths
