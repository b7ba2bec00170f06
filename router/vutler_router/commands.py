"""What the program does besides serving; each command tells its progress on stderr and its outcome on stdout."""

import sys
from typing import Final

from vutler_router.errors import StorageError
from vutler_router.keys.first_start import master_keys
from vutler_router.keys.sealing import Sealer
from vutler_router.services.key_rotation import KeyRotation, RotationTally
from vutler_router.settings import Settings
from vutler_router.storage import open_storage

__all__ = ["rotate_keys"]

_DONE: Final = 0
_INCOMPLETE: Final = 1


async def rotate_keys(settings: Settings) -> int:
    """Seal every stored secret with the first key of `LLM_ENCRYPTION_KEY`; return the exit code.

    Raises:
        StorageError: There is no database, or it failed; another run does what is left.
        BrokenFile: The kept encryption key cannot be used.
    """
    if not settings.uses_mongo and not settings.sqlite_path.exists():
        raise StorageError(
            f"There is no database at {settings.sqlite_path}; give this command the router's own "
            f"DATABASE_URL or ROUTER_DATA_DIR."
        )
    sealer = Sealer(master_keys(settings))
    storage = await open_storage(settings)
    try:
        tally = await KeyRotation(storage.agents, sealer).run(_tell)
    finally:
        await storage.aclose()
    for secret in tally.unreadable:
        sys.stderr.write(f"{secret.agent_id}: {secret.what} cannot be opened.\n")
    if tally.unreadable:
        sys.stderr.write(
            "Add the key that sealed these to the end of LLM_ENCRYPTION_KEY and run this again (a key the router made "
            f"itself is in {settings.data_dir / 'encryption-key'}), or enter the secrets again.\n"
        )
    sys.stdout.write(f"{tally}\n")
    return _INCOMPLETE if tally.unreadable else _DONE


def _tell(tally: RotationTally) -> None:
    sys.stderr.write(f"{tally.agents} agents looked at.\n")
    sys.stderr.flush()
