from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vutler_router.domain.usage import TokenCounts

ANY = st.integers(min_value=-(10**12), max_value=10**12)
SMALL = st.integers(min_value=-3, max_value=12)
COUNTS = st.builds(TokenCounts, ANY, ANY, ANY, ANY, ANY) | st.builds(TokenCounts, SMALL, SMALL, SMALL, SMALL, SMALL)


def figures(counts: TokenCounts) -> tuple[int, ...]:
    return counts.input, counts.output, counts.cached_read, counts.cached_write, counts.reasoning


@given(COUNTS)
def test_counts_are_marked_exactly_if_they_had_to_be_changed(counts: TokenCounts) -> None:
    clamped = counts.clamped()

    assert clamped.corrected == (figures(clamped) != figures(counts))


@given(COUNTS, st.integers(0, 10**9))
def test_the_mark_stays_whatever_happens_to_the_counts_later(counts: TokenCounts, output: int) -> None:
    clamped = counts.clamped()

    assert clamped.clamped() == clamped
    assert replace(clamped, output=output).corrected == clamped.corrected
    assert replace(counts, corrected=True).clamped().corrected


@pytest.mark.parametrize(
    "impossible",
    [
        TokenCounts(input=-1),
        TokenCounts(output=-1),
        TokenCounts(input=10**9 + 1),
        TokenCounts(output=10**9 + 1),
        TokenCounts(input=10, cached_read=11),
        TokenCounts(input=10, cached_read=6, cached_write=5),
        TokenCounts(input=10, cached_write=-1),
        TokenCounts(input=10, cached_read=-1),
        TokenCounts(output=10, reasoning=11),
        TokenCounts(output=10, reasoning=-1),
    ],
)
def test_what_cannot_be_true_is_marked(impossible: TokenCounts) -> None:
    assert impossible.clamped().corrected


@pytest.mark.parametrize(
    "possible", [TokenCounts(), TokenCounts(10, 10, 4, 6, 10), TokenCounts(10**9, 10**9, 0, 10**9, 10**9)]
)
def test_what_can_be_true_is_left_as_it_is(possible: TokenCounts) -> None:
    assert possible.clamped() is possible
