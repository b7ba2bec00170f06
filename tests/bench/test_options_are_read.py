from pathlib import Path

import pytest

from bench.router.options import parse_options
from bench.router.peers import Peer, PeerName


def test_nothing_given_means_the_router_alone_without_a_soak() -> None:
    options = parse_options([])

    assert (options.peers, options.soak, options.json, options.router_command) == ((), 0.0, None, ())


def test_everything_can_be_chosen() -> None:
    given = "--seconds 1.5 --requests 90 --rounds 2 --soak 600 --peers portkey==1.9.8 --json out.json"

    options = parse_options([*given.split(), "--router-command", "python -m 'my router'"])

    assert (options.seconds, options.requests, options.rounds, options.soak) == (1.5, 90, 2, 600.0)
    assert options.peers == (Peer(PeerName.PORTKEY, "1.9.8"),)
    assert options.json == Path("out.json")
    assert options.router_command == ("python", "-m", "my router")


@pytest.mark.parametrize("arguments", [["--seconds", "0"], ["--rounds", "0"], ["--requests", "-1"]])
def test_an_empty_run_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_options(arguments)

    assert "must be" in capsys.readouterr().err
