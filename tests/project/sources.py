"""The files of the project as git knows them, for the tests that read sources as text."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def tracked_files(*suffixes: str) -> list[Path]:
    """Return the tracked and new, not ignored files whose names end in one of `suffixes` (all without any)."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    files = [ROOT / line for line in listing.splitlines()]
    return [file for file in files if file.is_file() and (not suffixes or file.name.endswith(suffixes))]
