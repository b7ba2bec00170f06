import base64
import hashlib
import json
import time
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vutler_router.keys.scrubbing import REDACTED, scrub
from vutler_router.keys.tokens import hash_token, mint_token, same_secret


def test_a_token_has_256_bits_and_a_prefix_that_scanners_find() -> None:
    token = mint_token(lambda count: b"\xff" * count)

    assert token == "vtl_" + "_" * 42 + "8"
    assert len({mint_token() for _ in range(100)}) == 100


def test_a_token_is_known_by_the_sha256_that_the_operator_sends() -> None:
    assert hash_token("vtl_x") == hashlib.sha256(b"vtl_x").hexdigest()


def test_secrets_are_compared_whatever_they_hold() -> None:
    assert same_secret("é\ud800", "é\ud800")
    assert not same_secret("a", "b")


@given(st.text(min_size=6, max_size=40), st.text(max_size=30), st.text(max_size=30))
def test_a_known_key_never_stays_in_a_text(key: str, before: str, after: str) -> None:
    if key in REDACTED or key in before + after:
        return

    assert key not in scrub(f"{before} {key} {after}", [key]).replace(REDACTED, "")


def test_a_key_is_found_in_json_and_in_urls() -> None:
    key = 'sk-"quoted"/+é'
    text = 'Incorrect key: sk-\\"quoted\\"/+\\u00e9 at /v1?key=sk-%22quoted%22%2F%2B%C3%A9'

    assert scrub(text, [key]) == f"Incorrect key: {REDACTED} at /v1?key={REDACTED}"


SPELLINGS: tuple[Callable[[str], str], ...] = (
    str,
    str.upper,
    str.lower,
    str.swapcase,
    lambda key: json.dumps(key)[1:-1],
    lambda key: json.dumps(json.dumps(json.dumps(key))),
    lambda key: "".join(f"\\u{ord(character):04x}" for character in key),
    lambda key: "".join(f"\\\\u{ord(character):04X}" for character in key),
    lambda key: "".join(f"%{ord(character):02X}" for character in key),
    lambda key: quote(key, safe=""),
    lambda key: quote(quote(key, safe=""), safe=""),
    lambda key: "".join(f"\\u{ord(character):04x}" if index % 2 else character for index, character in enumerate(key)),
    lambda key: base64.b64encode(key.encode()).decode(),
    lambda key: base64.urlsafe_b64encode(key.encode()).decode(),
    lambda key: base64.b64encode(f"user:{key}".encode()).decode(),
    lambda key: base64.b64encode(f"a:{key}:b".encode()).decode(),
)
ALPHABET = "abcdefXYZ0189-_.~/+=!\"'&"


@pytest.mark.parametrize("spell", SPELLINGS)
@given(key=st.text(ALPHABET, min_size=10, max_size=60), before=st.text(max_size=20), after=st.text(max_size=20))
def test_a_key_is_found_in_every_spelling(spell: Callable[[str], str], key: str, before: str, after: str) -> None:
    left = scrub(f"{before} {spell(key)} {after}", [key])

    assert REDACTED in left
    assert spell(key) not in left


@given(st.text(), st.text(min_size=6, max_size=20))
def test_what_is_not_the_key_stays_as_it_is(text: str, key: str) -> None:
    cleaned = scrub(text, [key])
    if REDACTED not in cleaned:
        assert cleaned == text


def test_a_key_that_looks_like_an_escape_is_found() -> None:
    key = r"sk-%41\u0042\x"
    for spelt in (key, json.dumps(key)[1:-1], quote(key, safe="")):
        assert scrub(f"({spelt})", [key]) == f"({REDACTED})"


def test_a_text_around_a_key_is_kept_to_the_letter() -> None:
    text = "é\\u00e9%C3%A9 sk-0123456789 \ud800😀 sk\\u002d0123456789\\\\"
    assert scrub(text, ["sk-0123456789"]) == f"é\\u00e9%C3%A9 {REDACTED} \ud800😀 {REDACTED}\\\\"


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("a" * 4095 + "b", "a" * 65_536),
        ("\\" * 64, "\\" * 65_535),
        ("sk-0123456789", "%25" * 21_000),
        ("sk-0123456789", r"\u0073" * 11_000),
        ("ab" * 2_000 + "c", "ab" * 32_000),
    ],
)
def test_no_key_and_no_text_make_scrubbing_slow(key: str, text: str) -> None:
    began = time.process_time()
    scrub(text, [key])
    assert time.process_time() - began < 1.0  # a search that backtracks takes many seconds here


def test_bearer_tokens_and_our_own_go_without_being_named() -> None:
    text = "sent Authorization: Bearer abc.DEF-123456 by vtl_0123456789abc"

    assert scrub(text) == f"sent Authorization: Bearer {REDACTED} by {REDACTED}"


def test_words_are_left_alone() -> None:
    assert scrub("The bearer of bad news", ["the", ""]) == "The bearer of bad news"
