import contextlib
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vutler_router.drive.paths import LONGEST_NAME, LONGEST_PATH, file_path, folder_path
from vutler_router.errors import InvalidRequest

HOME = "/agents/ava/"
TEXT = st.text(max_size=40) | st.text(alphabet="./\\ \x00\u202eaée\u0301\u1fef\uff0f\u2024😀", max_size=40)


@given(TEXT)
@example("..")
@example("a/..")
@example("\uff0e\uff0e/x")
@example("e\u0301" * 127)
def test_what_passes_is_safe_and_stays_as_it_is(text: str) -> None:
    with contextlib.suppress(InvalidRequest):
        place = file_path(text, HOME)
        whole = str(place)
        names = whole.split("/")[1:]

        assert whole.startswith("/")
        assert place.folder.endswith("/")
        assert unicodedata.is_normalized("NFC", whole)
        assert not {"", ".", ".."} & set(names)
        assert not any(unicodedata.category(character) in {"Cc", "Cs"} for character in whole)
        assert "\\" not in whole
        assert all(len(name.encode()) <= LONGEST_NAME for name in names)
        assert len(whole.encode()) <= LONGEST_PATH
        assert file_path(whole, "/elsewhere/") == place
        assert folder_path(place.folder, HOME) == place.folder


@given(TEXT)
def test_only_a_slash_in_front_leads_out_of_ones_own_folder(text: str) -> None:
    with contextlib.suppress(InvalidRequest):
        assert str(file_path(text, HOME)).startswith(HOME) or text.startswith("/")


@given(st.text(min_size=1, max_size=30))
def test_two_spellings_of_the_same_text_are_one_path_or_none(text: str) -> None:
    def path(form: str) -> str | None:
        try:
            return str(file_path(form, HOME))
        except InvalidRequest:
            return None

    assert path(unicodedata.normalize("NFC", text)) == path(unicodedata.normalize("NFD", text)) == path(text)


@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30))
def test_a_name_alone_is_no_path(folder: str, name: str) -> None:
    with contextlib.suppress(InvalidRequest):
        assert "/" not in file_path(f"{folder}/", HOME, name=name).name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", "/agents/ava/a"),
        ("a/b c.txt", "/agents/ava/a/b c.txt"),
        ("/shared/x", "/shared/x"),
        ("cafe\u0301", "/agents/ava/caf\u00e9"),
        ("👩\u200d💻.txt", "/agents/ava/👩\u200d💻.txt"),
        ("...", "/agents/ava/..."),
        ("UPPER/lower", "/agents/ava/UPPER/lower"),
        ("x" * LONGEST_NAME, "/agents/ava/" + "x" * LONGEST_NAME),
    ],
)
def test_paths_that_are_right_are_taken(text: str, expected: str) -> None:
    assert str(file_path(text, HOME)) == expected


@pytest.mark.parametrize(
    ("text", "folder"), [("", HOME), ("/", "/"), ("a", f"{HOME}a/"), ("a/", f"{HOME}a/"), ("/shared/b", "/shared/b/")]
)
def test_folders_end_in_a_slash(text: str, folder: str) -> None:
    assert folder_path(text, HOME) == folder
