import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.router.drive.conftest import AVA, FILES, UPLOAD, Caller, as_agent, code_of, contents_in
from tests.support.running_router import RunningRouter

FORM = "multipart/form-data; boundary=b"
FILE = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nhello\r\n'
SECONDS = 10.0


def field(name: str, value: bytes) -> bytes:
    return b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value)


async def until(folder: Path, *, some: bool) -> None:
    """Wait until a content is in the drive's folder, or none."""
    async with asyncio.timeout(SECONDS):
        while bool(contents_in(folder)) is not some:  # noqa: ASYNC110 - a folder tells nobody when it changes
            await asyncio.sleep(0.02)


async def nothing_is_left(ava: Caller, folder: Path) -> None:
    assert await ava.listed() == ([], [])
    assert contents_in(folder) == []


BAD_PATHS = [
    "../x",
    "a/../../x",
    "/agents/ava/../bob/x",
    "./x",
    "a//x",
    "//x",
    "a\\x",
    "..\\x",
    "a\x00x",
    "a\nx",
    "a\x7fx",
    "a\u202egpj.exe",
    "x" * 256,
    "é" * 128,
    "/".join(["x" * 200] * 6),
    " x",
    "x ",
    "/x",
    "/elsewhere/x",
    "/agents/x",
    "/agents/Not A Name/x",
]


async def test_a_path_that_breaks_a_rule_is_refused(ava: Caller, tmp_path: Path, subtests: pytest.Subtests) -> None:
    for path in BAD_PATHS:
        with subtests.test(path):
            answer = await ava.upload(path)

            assert answer.status_code == 400, answer.text
            assert answer.json()["error"]["param"] == "path"
    await nothing_is_left(ava, tmp_path)


async def test_a_file_name_is_checked_like_a_path(ava: Caller, tmp_path: Path) -> None:
    answers = [await ava.upload("folder/", name=name) for name in ("../x", "a/x", "..", "a\\b", "x" * 300)]

    assert [answer.status_code for answer in answers] == [400] * 5
    await nothing_is_left(ava, tmp_path)


BAD_FORMS = [
    (b"", "invalid_multipart", "in the middle"),
    (b"hello", "invalid_multipart", "separated"),
    (FILE, "invalid_multipart", "in the middle"),
    (FILE[:-3], "invalid_multipart", "in the middle"),
    (FILE.replace(b"--b", b"--c") + b"--c--\r\n", "invalid_multipart", "separated"),
    (b"--b--\r\n", "invalid_request", "no part named `file`"),
    (field("path", b"x") + b"--b--\r\n", "invalid_request", "no part named `file`"),
    (FILE + FILE + b"--b--\r\n", "invalid_request", "two parts named `file`"),
    (FILE.replace(b'"file"', b'"upload"') + b"--b--\r\n", "invalid_request", "named `file`"),
    (FILE + field("path", b"\xff") + b"--b--\r\n", "invalid_request", "UTF-8"),
    (field("path", b"x") + field("path", b"y") + FILE + b"--b--\r\n", "invalid_request", "twice"),
    (field("overwrite", b"maybe") + FILE + b"--b--\r\n", "invalid_request", "true or false"),
    (FILE.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"), "invalid_multipart", "as it is"),
    (b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n", "invalid_multipart", "no name"),
    (field("x", b"") * 2 + FILE + b"--b--\r\n", "invalid_request", "twice"),
    (b"".join(field(f"x{n}", b"") for n in range(20)) + FILE + b"--b--\r\n", "invalid_multipart", "16 parts"),
    (b"--b\r\n" + b"X: y\r\n" * 100 + b"\r\nx\r\n--b--\r\n", "invalid_multipart", ""),
]  # fmt: skip


async def test_a_broken_form_is_refused_and_leaves_nothing(
    ava: Caller, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    for body, code, says in BAD_FORMS:
        with subtests.test(ascii(body[:200])):
            answer = await ava.post(body, FORM)

            assert code_of(answer) == (400, code), answer.text
            assert says in answer.json()["error"]["message"]
    await nothing_is_left(ava, tmp_path)


async def test_what_is_no_form_is_refused(ava: Caller) -> None:
    for content_type in ("", "application/json", "multipart/form-data", f"multipart/form-data; boundary={'b' * 300}"):
        assert code_of(await ava.post(FILE + b"--b--\r\n", content_type)) == (400, "invalid_multipart")


async def test_a_field_that_is_no_field_is_refused(ava: Caller) -> None:
    answer = await ava.post(field("path", b"x" * 9_000) + FILE + b"--b--\r\n", FORM)

    assert code_of(answer) == (413, "request_too_large")


async def test_the_largest_file_is_taken_and_a_byte_more_is_not(small_router: RunningRouter, tmp_path: Path) -> None:
    ava = await as_agent(small_router, AVA)
    answer = await ava.upload("larger", b"x" * 1_001)
    left = contents_in(tmp_path)

    assert code_of(answer) == (413, "file_too_large")
    assert left == []
    assert (await ava.kept("largest", b"x" * 1_000))["size"] == 1_000
    assert await ava.listed() == ([], ["/agents/ava/largest"])


async def test_a_declared_length_is_refused_before_anything_is_read(ava: Caller, tmp_path: Path) -> None:
    reader, writer = await asyncio.open_connection(ava.http.base_url.host, ava.http.base_url.port)
    headers = {**ava.headers, "host": "router", "content-type": FORM, "content-length": str(60 * 1024 * 1024)}
    writer.write(
        f"POST {UPLOAD} HTTP/1.1\r\n".encode() + b"".join(f"{n}: {v}\r\n".encode() for n, v in headers.items())
    )
    writer.write(b"\r\n" + FILE)

    async with asyncio.timeout(SECONDS):
        status = await reader.readline()

    writer.close()
    await writer.wait_closed()
    assert status.startswith(b"HTTP/1.1 413 ")
    await nothing_is_left(ava, tmp_path)


async def test_an_upload_that_stops_in_the_middle_leaves_nothing(ava: Caller, tmp_path: Path) -> None:
    async def cut() -> AsyncIterator[bytes]:
        yield FILE[:-2] + b"x" * 3_000_000
        await until(tmp_path, some=True)
        raise ConnectionAbortedError

    with contextlib.suppress(ConnectionAbortedError):
        await ava.http.post(UPLOAD, headers={**ava.headers, "content-type": FORM}, content=cut())

    await until(tmp_path, some=False)
    await nothing_is_left(ava, tmp_path)


async def test_an_id_that_nobody_has_is_not_found(ava: Caller) -> None:
    for file_id in ("file_" + "0" * 32, "x", "file_", "..", "%2e%2e%2fx", "a%00b", "😀", "x" * 2_000):
        answers = [await ava.get(f"/api/v1/drive/{place}/{file_id}") for place in ("files", "download")]

        assert {answer.status_code for answer in answers} == {404}, (file_id, answers)


async def test_a_list_that_cannot_be_is_refused(ava: Caller) -> None:
    for params in ({"limit": "0"}, {"limit": "501"}, {"limit": "x"}, {"path": ".."}, {"path": "a//b"}):
        assert (await ava.get(FILES, **params)).status_code == 400


async def test_nobody_gets_anything_without_a_token(ava: Caller) -> None:
    file = await ava.kept("x")
    anonymous = Caller(ava.http, {}, {})

    answers: list[httpx.Response] = [
        await anonymous.upload("y"),
        await anonymous.get(FILES),
        await anonymous.get(f"{FILES}/{file['id']}"),
        await anonymous.get(f"/api/v1/drive/download/{file['id']}"),
        await anonymous.delete(file["id"]),
    ]

    assert [answer.status_code for answer in answers] == [401] * 5
    assert await ava.listed() == ([], ["/agents/ava/x"])
