import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.router.answers import Answer, Expected, dechunked

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n\r\nquill0 done"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9;x=1\r\nquill0 qu\r\n7\r\nill1 ok\r\n0\r\n\r\n"


@given(st.lists(st.integers(0, len(PLAIN)), max_size=6), st.sampled_from([PLAIN, CHUNKED]))
def test_an_answer_is_whole_with_its_last_byte_however_it_is_cut(cuts: list[int], wire: bytes) -> None:
    borders = [0, *sorted(cut for cut in set(cuts) if 0 < cut < len(wire)), len(wire)]
    pieces = [wire[start:end] for start, end in itertools.pairwise(borders)]
    answer = Answer()

    whole = [answer.take(piece) for piece in pieces]

    assert whole == [False] * (len(pieces) - 1) + [True]
    assert answer.received == wire


def test_a_cleared_answer_takes_the_next_one_with_another_framing() -> None:
    answer = Answer()
    answer.take(CHUNKED)

    answer.clear()

    assert [answer.take(PLAIN[:-1]), answer.take(PLAIN[-1:])] == [False, True]


def test_an_answer_without_a_body_is_whole_after_its_head() -> None:
    assert Answer().take(b"HTTP/1.1 204 No Content\r\n\r\n")


def test_a_word_that_a_chunk_border_cuts_is_counted() -> None:
    assert Expected((b"ok",), b"quill", 2).fits(CHUNKED)


@pytest.mark.parametrize(
    ("wire", "mark", "words"),
    [
        (PLAIN.replace(b"200 OK", b"500 No"), b"done", 1),
        (PLAIN, b"gone", 1),
        (PLAIN, b"done", 2),
        (CHUNKED.replace(b"7\r\n", b"zz\r\n"), b"ok", 2),
    ],
    ids=["another status", "a mark is missing", "a word is missing", "broken chunks"],
)
def test_a_wrong_answer_does_not_fit(wire: bytes, mark: bytes, words: int) -> None:
    assert not Expected((mark,), b"quill", words).fits(wire)


def test_chunks_are_put_together() -> None:
    assert dechunked(CHUNKED) == b"quill0 quill1 ok"
