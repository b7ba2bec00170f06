import pytest

from bench.router.client import Run
from bench.router.figures import MeasuredRun, quantile, slope, summarise


def test_percentiles_lie_between_the_least_and_the_most() -> None:
    values = [float(number) for number in range(1, 102)]

    assert [quantile(values, percent) for percent in (1, 50, 99)] == [2.0, 51.0, 100.0]


def test_one_value_is_all_its_percentiles() -> None:
    assert quantile([7.0], 99) == 7.0


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        quantile([], 50)


def test_rounds_are_put_together() -> None:
    quick = Run(firsts=[0.001] * 40, wholes=[0.002] * 40, seconds=1.0)
    slow = Run(firsts=[0.003] * 10, wholes=[0.004] * 10, seconds=1.0)
    busy = Run(firsts=[0.001] * 30, wholes=[0.002] * 30, seconds=1.0)

    figures = summarise(
        [MeasuredRun(quick, 0.04, 0.008), MeasuredRun(slow, 0.03, 0.004), MeasuredRun(busy, 0.01, 0.004)]
    )

    assert (figures.answers, figures.rate, figures.rates) == (80, 30.0, (40.0, 10.0, 30.0))
    assert (figures.first_p50, figures.first_p99) == (1.0, 3.0)
    assert (figures.whole_p50, figures.whole_p99) == (2.0, 4.0)
    assert (figures.cpu_ms, figures.generator_ms) == pytest.approx((1.0, 0.2))


def test_the_slope_of_a_line_is_found_through_noise() -> None:
    points = [(0.0, 50.1), (60.0, 51.9), (120.0, 54.1), (180.0, 55.9)]

    assert slope(points) * 60 == pytest.approx(1.96)


@pytest.mark.parametrize("points", [[], [(1.0, 2.0)], [(1.0, 2.0), (1.0, 9.0)]])
def test_where_no_line_can_be_drawn_nothing_rises(points: list[tuple[float, float]]) -> None:
    assert slope(points) == 0.0
