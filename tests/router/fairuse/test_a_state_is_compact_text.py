import pytest
from hypothesis import given
from hypothesis import strategies as st

from vutler_router.fairuse.months import Month, Reached, Spent
from vutler_router.fairuse.rules import Budget, LimitName
from vutler_router.fairuse.state_json import decode_use, encode_use
from vutler_router.fairuse.use import AgentUse, Held
from vutler_router.fairuse.windows import Minute

AMOUNTS = st.integers(0, 2**62)
COUNTS = st.tuples(st.integers(0, 10**10), AMOUNTS, AMOUNTS)
HELD = st.builds(Held, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
REACHED = st.builds(Reached, st.builds(Budget, st.sampled_from(LimitName), AMOUNTS), AMOUNTS)
USES = st.builds(
    AgentUse,
    st.builds(Minute, st.lists(COUNTS, max_size=61).map(tuple)),
    st.builds(
        Month, st.just("2026-11"), st.builds(Spent, AMOUNTS, AMOUNTS, AMOUNTS), AMOUNTS, st.lists(REACHED).map(tuple)
    ),
    st.dictionaries(st.text(), HELD, max_size=5),
)


@given(USES)
def test_a_state_comes_back_as_it_was(use: AgentUse) -> None:
    assert decode_use(encode_use(use)) == use


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "{}",
        '{"format":2}',
        '{"format":1}',
        '{"format":1,"month":3}',
        encode_use(AgentUse())[:-9],
    ],
)
def test_what_this_version_did_not_write_is_no_state(text: str) -> None:
    assert decode_use(text) is None


def test_a_full_minute_takes_little_room() -> None:
    full = AgentUse(Minute(tuple((1_795_000_000 + second, 100, 100_000) for second in range(61))))
    assert len(encode_use(full)) < 2_000
