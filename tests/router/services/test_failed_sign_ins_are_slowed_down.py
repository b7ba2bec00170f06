import pytest

from vutler_router.errors import LimitExceeded
from vutler_router.services.failed_sign_ins import _ADDRESSES, FailedSignIns


def allowed(failures: FailedSignIns, address: str) -> bool:
    try:
        failures.begin(address)
    except LimitExceeded:
        return False
    return True


def test_attempts_under_way_count_so_that_many_at_once_gain_nothing() -> None:
    failures = FailedSignIns(lambda: 0.0)
    take_back = [failures.begin("192.0.2.1") for _ in range(10)]
    with pytest.raises(LimitExceeded):
        failures.begin("192.0.2.1")

    take_back[0]()

    assert [allowed(failures, "192.0.2.1") for _ in range(2)] == [True, False]


@pytest.mark.parametrize(
    ("one", "other"),
    [("2001:db8::1", "2001:db8::ffff:1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("somewhere", "somewhere")],
)
def test_addresses_that_one_customer_has_are_one(one: str, other: str) -> None:
    failures = FailedSignIns(lambda: 0.0)
    for _ in range(10):
        failures.begin(one)

    assert not allowed(failures, other)
    assert allowed(failures, "2001:db8:0:1::1")


def test_what_is_remembered_is_bounded_and_the_latest_stays() -> None:
    failures = FailedSignIns(lambda: 0.0)
    for number in range(_ADDRESSES + 50):
        failures.begin(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
        if number % 1_000 == 0 and number < 10_000:
            failures.begin("192.0.2.1")

    assert len(failures._failures) == _ADDRESSES
    assert [allowed(failures, "192.0.2.1") for _ in range(2)] == [False, False]
