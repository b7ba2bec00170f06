import hashlib

import httpx
from hypothesis import given
from hypothesis import strategies as st

from tests.router.drive.conftest import DOWNLOAD, Caller, code_of
from vutler_router.wire.ranges import asked_part

CONTENT = b"0123456789"


async def asked(ava: Caller, **headers: str) -> httpx.Response:
    file = await ava.kept("digits", CONTENT, overwrite="true")
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await ava.asking(f"{DOWNLOAD}/{file['id']}", sent)


RANGES = [
    ("bytes=0-3", b"0123", "bytes 0-3/10"),
    ("bytes=4-", b"456789", "bytes 4-9/10"),
    ("bytes=-3", b"789", "bytes 7-9/10"),
    ("bytes=9-9", b"9", "bytes 9-9/10"),
    ("bytes=8-99", b"89", "bytes 8-9/10"),
    ("bytes=-99", CONTENT, "bytes 0-9/10"),
]


async def test_a_range_is_answered_with_that_part(ava: Caller) -> None:
    for header, part, shown in RANGES:
        answer = await asked(ava, range=header)

        assert (answer.status_code, answer.content, answer.headers["content-range"]) == (206, part, shown)
        assert answer.headers["content-length"] == str(len(part))


async def test_a_range_behind_the_end_is_refused(ava: Caller) -> None:
    for header in ("bytes=10-", "bytes=10-12", "bytes=999-", "bytes=-0"):
        answer = await asked(ava, range=header)

        assert code_of(answer) == (416, "range_not_satisfiable")
        assert answer.headers["content-range"] == "bytes */10"


async def test_what_is_no_single_range_gets_the_whole(ava: Caller) -> None:
    for header in ("bytes=5-2", "bytes=-", "bytes=a-b", "lines=0-1", "bytes=0-1,3-4", "0-3"):
        answer = await asked(ava, range=header)

        assert (answer.status_code, answer.content) == (200, CONTENT)


async def test_a_part_is_sent_only_of_the_content_that_is_meant(ava: Caller) -> None:
    tag = f'"{hashlib.sha256(CONTENT).hexdigest()}"'

    same, other = await asked(ava, range="bytes=0-1", if_range=tag), await asked(ava, range="bytes=0-1", if_range='"x"')

    assert (same.status_code, same.content) == (206, b"01")
    assert (other.status_code, other.content) == (200, CONTENT)


async def test_what_the_caller_has_is_not_sent_again(ava: Caller) -> None:
    tag = f'"{hashlib.sha256(CONTENT).hexdigest()}"'

    same, other = await asked(ava, if_none_match=tag), await asked(ava, if_none_match='"x"')

    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    assert (other.status_code, other.headers["etag"]) == (200, tag)


async def test_a_download_is_saved_under_its_name_and_never_shown_as_a_page(ava: Caller) -> None:
    file = await ava.kept('a"b;😀%.html', b"<script>", name="x.html")

    answer = await ava.get(f"{DOWNLOAD}/{file['id']}")

    assert answer.headers["content-type"] == "text/html"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"a_b___.html\"; filename*=UTF-8''a%22b%3B%F0%9F%98%80%25.html"
    )


@given(st.text(max_size=20) | st.from_regex(r"bytes=\d{0,3}-\d{0,3}"), st.integers(0, 300))
def test_a_part_is_never_outside_the_file(header: str, size: int) -> None:
    part = asked_part(header, size)

    assert part is None or not part or 0 <= part.start < part.stop <= size
