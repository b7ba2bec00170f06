"""Secrets a single-machine router makes for itself at its first start and keeps in its data folder."""

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

from vutler_router.errors import BrokenFile
from vutler_router.keys.tokens import mint_token
from vutler_router.settings import Settings, decode_master_key

__all__ = ["admin_token", "master_keys"]

_OWNER_ONLY: Final = 0o600
_FOLDER: Final = 0o700
_MASTER_KEY_BYTES: Final = 32


def admin_token(settings: Settings) -> tuple[str, bool]:
    """Return the admin token, making one at the first start.

    Returns:
        The token, and whether this call made it (then somebody has to be told).

    Raises:
        BrokenFile: The data folder cannot be written or read.
    """
    if settings.admin_token is not None:
        return settings.admin_token.get_secret_value(), False
    return _kept(settings.data_dir / "admin-token", mint_token, "ROUTER_ADMIN_TOKEN")


def master_keys(settings: Settings) -> tuple[bytes, ...]:
    """Return the keys that seal secrets, current one first, making one at the first start.

    Raises:
        BrokenFile: The data folder cannot be written or read, or the kept key is damaged.
    """
    if settings.encryption_keys:
        return tuple(decode_master_key(key.get_secret_value()) for key in settings.encryption_keys)
    path = settings.data_dir / "encryption-key"
    text, _ = _kept(path, _new_master_key, "LLM_ENCRYPTION_KEY")
    try:
        return (decode_master_key(text),)
    except ValueError as error:
        raise BrokenFile(f"{path}: {error}; without the old key, stored provider keys are lost") from None


def _new_master_key() -> str:
    """Make a key that passes the check for weak ones."""
    return base64.b64encode(secrets.token_bytes(_MASTER_KEY_BYTES)).decode()


def _kept(path: Path, make: Callable[[], str], variable: str) -> tuple[str, bool]:
    """Read a secret's file, or make it so that two processes starting at once agree."""
    try:
        path.parent.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
        if not path.exists():
            return _create(path, make())
        path.chmod(_OWNER_ONLY)
        return path.read_text().strip(), False
    except OSError as error:
        raise BrokenFile(
            f"{path}: {error.strerror}; make the data folder writable (ROUTER_DATA_DIR) or set {variable}"
        ) from None


def _create(path: Path, secret: str) -> tuple[str, bool]:
    """Write a file that appears complete or not at all, and keep the one that was there first."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secret + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        return path.read_text().strip(), False
    finally:
        draft.unlink()
    return secret, True
