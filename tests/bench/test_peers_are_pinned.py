import pytest

from bench.router.errors import BenchError
from bench.router.peers import Peer, PeerName, parse_peers


def test_a_name_alone_means_one_exact_version() -> None:
    assert parse_peers("litellm,portkey") == (Peer(PeerName.LITELLM, "1.106.12"), Peer(PeerName.PORTKEY, "1.15.2"))


def test_no_text_means_no_peers() -> None:
    assert parse_peers("") == ()


def test_another_version_can_be_asked_for() -> None:
    assert parse_peers(" litellm==1.106.2 ") == (Peer(PeerName.LITELLM, "1.106.2"),)


@pytest.mark.parametrize("version", ["1.82.7", "1.82.8", "1.82.8.0", "01.82.07"])
def test_the_stolen_releases_are_refused_with_the_reason(version: str) -> None:
    with pytest.raises(BenchError, match="never installed: it was published by a thief"):
        parse_peers(f"portkey,litellm=={version}")


@pytest.mark.parametrize("version", ["", ">=1", "1.*", "latest", "1.82.9 --pre x", "1.82.8+local"])
def test_what_is_no_exact_version_is_refused(version: str) -> None:
    with pytest.raises(BenchError, match="write an exact version"):
        parse_peers(f"litellm=={version}")


def test_an_unknown_peer_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BenchError, match="no peer 'nginx'; choose of litellm, portkey"):
        parse_peers("nginx")


def test_a_peer_given_twice_is_refused() -> None:
    with pytest.raises(BenchError, match="measured once"):
        parse_peers("litellm,litellm==1.106.2")
