from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vutler_router.domain.money import to_nanos, to_usd
from vutler_router.domain.usage import TokenCounts

ANY_COUNT = st.integers(min_value=-(10**12), max_value=10**12)


@given(st.integers(min_value=0, max_value=10**15))
def test_an_amount_survives_the_way_out_and_back(nanos: int) -> None:
    assert to_nanos(to_usd(nanos)) == nanos


@pytest.mark.parametrize(
    ("usd", "nanos"), [("0.15", 150_000_000), (0.0375, 37_500_000), (Decimal("1e-9"), 1), (5, 5_000_000_000)]
)
def test_usd_are_read_as_they_are_written(usd: Decimal | float | str, nanos: int) -> None:
    assert to_nanos(usd) == nanos


@pytest.mark.parametrize("text", ["", "five", "NaN", "Infinity"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a"):
        to_nanos(text)


@given(ANY_COUNT, ANY_COUNT, ANY_COUNT, ANY_COUNT, ANY_COUNT)
def test_clamped_counts_can_be_true(whole: int, output: int, read: int, write: int, reasoning: int) -> None:
    counts = TokenCounts(whole, output, read, write, reasoning).clamped()

    assert 0 <= counts.cached_read + counts.cached_write <= counts.input <= 10**9
    assert 0 <= counts.reasoning <= counts.output <= 10**9
    assert counts.clamped() == counts
