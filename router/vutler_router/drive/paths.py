"""The rules for paths of the drive; whatever a path says, contents are kept under ids of our own."""

import unicodedata
from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from vutler_router.errors import InvalidRequest

__all__ = ["LONGEST_NAME", "LONGEST_PATH", "DrivePath", "file_path", "folder_path"]

LONGEST_NAME: Final = 255
"""Bytes in UTF-8; what file systems take, so that every file can be saved under its name."""

LONGEST_PATH: Final = 1_024
"""Bytes in UTF-8, from the workspace's root on."""

_REFUSED: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode categories: control characters, halves of surrogate pairs, line and paragraph separators."""

_BIDI: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of text, by which `gpj.exe` is shown as `exe.jpg`."""


@dataclass(frozen=True, slots=True)
class DrivePath:
    """A place for a file: its folder with a slash at both ends, and its name."""

    folder: str
    name: str

    @override
    def __str__(self) -> str:
        return self.folder + self.name


def file_path(text: str, home: str, *, name: str = "") -> DrivePath:
    """Return the place that a path means.

    Args:
        text: What somebody wrote; without a slash in front it begins in `home`.
        home: A folder.
        name: The file's name where the path ends in a slash or is empty, which names a folder.

    Raises:
        InvalidRequest: It breaks a rule, or names no file.
    """
    whole = _from_root(text, home)
    if whole.endswith("/"):
        if not name:
            raise _wrong("names a folder; end it with the file's name")
        if "/" in name:
            raise InvalidRequest(f"The file's name {_shown(name)} holds a slash; send a path.", code="invalid_path")
        whole += unicodedata.normalize("NFC", name)
    folder, _, last = whole.rpartition("/")
    _check(whole, whole[1:].split("/"))
    return DrivePath(f"{folder}/", last)


def folder_path(text: str, home: str) -> str:
    """Return the folder that a path means, with a slash at both ends; an empty one means `home`.

    Raises:
        InvalidRequest: It breaks a rule.
    """
    whole = _from_root(text, home)
    trimmed = whole.removesuffix("/")
    if trimmed:
        _check(trimmed, trimmed[1:].split("/"))
    return f"{trimmed}/"


def _from_root(text: str, home: str) -> str:
    normal = unicodedata.normalize("NFC", text)
    return normal if normal.startswith("/") else home + normal


def _check(whole: str, names: list[str]) -> None:
    for name in names:
        problem = _problem(name)
        if problem:
            raise _wrong(problem)
    if len(whole.encode()) > LONGEST_PATH:
        raise _wrong(f"is longer than {LONGEST_PATH} bytes")


def _problem(name: str) -> str | None:
    """Say what is wrong with one part of a path."""
    problems = (
        (not name, "has an empty part; write one slash between two names"),
        (name in {".", ".."}, "holds . or .. as a name, which leads nowhere here; write the whole path"),
        ("\\" in name, "holds a backslash; separate folders with a slash"),
        (any(map(_is_control, name)), "holds a control character; remove it"),
        (name != name.strip(), "has a name that begins or ends with a space; remove the space"),
        (len(name.encode("utf-8", "replace")) > LONGEST_NAME, f"has a name longer than {LONGEST_NAME} bytes"),
    )
    return next((problem for wrong, problem in problems if wrong), None)


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in _REFUSED or character in _BIDI


def _wrong(problem: str) -> InvalidRequest:
    return InvalidRequest(f"The path {problem}.", code="invalid_path", param="path")


def _shown(name: str) -> str:
    return ascii(name[:LONGEST_NAME])
