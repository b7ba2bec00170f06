import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vutler_router.domain.sealed import Sealed
from vutler_router.errors import SealBroken
from vutler_router.keys.sealing import GATEWAY_TOKEN, Sealer, provider_key_purpose

OLD, NEW = os.urandom(32), os.urandom(32)
OPENAI = provider_key_purpose("openai", None)


@given(st.text(max_size=80), st.text(max_size=20), st.text(max_size=20))
def test_a_secret_opens_for_its_owner_and_purpose(secret: str, owner: str, purpose: str) -> None:
    sealer = Sealer([NEW])
    sealed = sealer.seal(secret, owner=owner, purpose=purpose)

    assert sealer.unseal(sealed, owner=owner, purpose=purpose) == secret


@given(st.tuples(st.text(max_size=6), st.text(max_size=6)), st.tuples(st.text(max_size=6), st.text(max_size=6)))
def test_a_secret_opens_for_nobody_and_nothing_else(mine: tuple[str, str], theirs: tuple[str, str]) -> None:
    sealer = Sealer([NEW])
    sealed = sealer.seal("sk-1", owner=mine[0], purpose=mine[1])
    if mine == theirs:
        return

    with pytest.raises(SealBroken):
        sealer.unseal(sealed, owner=theirs[0], purpose=theirs[1])


@pytest.mark.parametrize(
    ("owner", "purpose"),
    [
        ("team-a.bob", OPENAI),
        ("team-a.ava", provider_key_purpose("anthropic", None)),
        ("team-a.ava", provider_key_purpose("openai", "https://elsewhere/v1")),
        ("team-a.ava", GATEWAY_TOKEN),
    ],
)
def test_a_stolen_ciphertext_is_useless_elsewhere(owner: str, purpose: str) -> None:
    sealer = Sealer([NEW])
    sealed = sealer.seal("sk-secret", owner="team-a.ava", purpose=OPENAI)

    with pytest.raises(SealBroken) as refused:
        sealer.unseal(sealed, owner=owner, purpose=purpose)

    assert "sk-secret" not in refused.value.message


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_an_altered_ciphertext_does_not_open(place: int, change: int) -> None:
    sealer = Sealer([NEW])
    sealed = sealer.seal("sk-secret", owner="a", purpose="b")
    raw = bytearray(sealed.encode())
    raw[place % len(raw)] ^= change
    altered = Sealed(raw.decode("latin-1"))

    try:
        opened = sealer.unseal(altered, owner="a", purpose="b")
    except SealBroken:
        return
    assert opened == "sk-secret"  # base64 has spare bits: such a change alters no byte


def test_the_first_key_seals_and_every_key_opens() -> None:
    before = Sealer([OLD]).seal("sk", owner="a", purpose="b")
    rotating = Sealer([NEW, OLD])
    after = rotating.seal("sk", owner="a", purpose="b")

    assert rotating.unseal(before, owner="a", purpose="b") == "sk"
    assert (rotating.is_current(before), rotating.is_current(after)) == (False, True)
    with pytest.raises(SealBroken, match="LLM_ENCRYPTION_KEY"):
        Sealer([NEW]).unseal(before, owner="a", purpose="b")


def test_a_renewed_secret_opens_with_the_first_key_alone_and_for_nobody_else() -> None:
    before = Sealer([OLD]).seal("sk", owner="a", purpose="b")
    rotating, after = Sealer([NEW, OLD]), Sealer([NEW])

    renewed = rotating.renewed(before, owner="a", purpose="b")

    assert after.unseal(renewed, owner="a", purpose="b") == "sk"
    assert rotating.renewed(renewed, owner="a", purpose="b") == renewed
    for owner, purpose in (("a", "c"), ("c", "b")):
        with pytest.raises(SealBroken):
            rotating.renewed(renewed, owner=owner, purpose=purpose)


def test_equal_secrets_look_different_unless_the_stored_one_is_kept() -> None:
    sealer = Sealer([NEW])
    first = sealer.seal("sk", owner="a", purpose="b")

    assert sealer.seal("sk", owner="a", purpose="b") != first
    assert sealer.seal("sk", owner="a", purpose="b", kept=first) == first
    assert sealer.seal("other", owner="a", purpose="b", kept=first) != first


def test_a_kept_secret_of_a_lost_key_is_sealed_anew() -> None:
    lost = Sealer([OLD]).seal("sk", owner="a", purpose="b")
    sealer = Sealer([NEW])

    assert sealer.unseal(sealer.seal("sk", owner="a", purpose="b", kept=lost), owner="a", purpose="b") == "sk"


@pytest.mark.parametrize("text", ["", "plain", "v1.x.y", "v2.aaaaaaaaaaaa.AAAAAAAAAAAAAAAAAAAAAAAA", "v1..AAAA"])
def test_what_was_never_sealed_is_refused(text: str) -> None:
    with pytest.raises(SealBroken):
        Sealer([NEW]).unseal(Sealed(text), owner="a", purpose="b")


def test_a_sealer_needs_a_key() -> None:
    with pytest.raises(ValueError, match="at least one key"):
        Sealer([])
