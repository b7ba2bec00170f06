"""`python -m bench.router`: start everything, measure, print, stop everything."""

import contextlib
import gc
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Final, assert_never

import uvloop

from bench.router.conditions import read_conditions, router_version
from bench.router.errors import BenchError
from bench.router.litellm_target import litellm_target
from bench.router.metering import read_booked, wait_until_booked
from bench.router.options import Options, parse_options
from bench.router.peers import Peer, PeerName
from bench.router.portkey_target import portkey_target
from bench.router.processes import peak_megabytes, resident_megabytes
from bench.router.report import as_json, as_text
from bench.router.results import Memory, Results
from bench.router.rounds import Measured, Rounds
from bench.router.router_target import database_of, router_target
from bench.router.soak import Soak, soak
from bench.router.steps import STEPS
from bench.router.table import Ink
from bench.router.targets import ROUTER, Target
from bench.router.upstream_target import upstream_target

__all__ = ["main"]

_INTERRUPTED: Final = 130


def main() -> int:
    """Run the benchmark; 0 means that all answers were right and booked once."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _leave)
    try:
        return _bench(parse_options())
    except BenchError as error:
        _say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        _say("interrupted; everything is stopped")
        return _INTERRUPTED


def _leave(_number: int, _frame: FrameType | None) -> None:
    """Take SIGTERM for Ctrl-C, so that what was started is stopped."""
    signal.raise_signal(signal.SIGINT)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _bench(options: Options) -> int:
    load_before = os.getloadavg()[0]
    with contextlib.ExitStack() as started:
        folder = Path(started.enter_context(tempfile.TemporaryDirectory(prefix="vutler-bench-")))
        targets = _start(options, folder, started)
        idle = {target.name: resident_megabytes(target.pid) for target in targets}
        measured, soaked, answers = uvloop.run(_measure(targets, options))
        results = Results(
            conditions=read_conditions(options, targets, load_before),
            measured=measured,
            memory={target.name: _memory(idle[target.name], target) for target in targets},
            answers=answers,
            booked=wait_until_booked(lambda: read_booked(database_of(folder)), answers),
            soak=soaked,
        )
    sys.stdout.write(as_text(results, Ink.for_stream(sys.stdout)))
    if options.json is not None:
        options.json.write_text(as_json(results))
    return 0 if results.exact else 1


def _start(options: Options, folder: Path, started: contextlib.ExitStack) -> Sequence[Target]:
    """Start all that is compared; the stack stops it."""
    _say("starting the upstream and the router")
    upstream = started.enter_context(upstream_target(folder))
    version = router_version(options.router_command)
    targets = [upstream, started.enter_context(router_target(upstream, folder, options.router_command, version))]
    for peer in options.peers:
        _say(f"starting {peer.name} {peer.version}")
        targets.append(started.enter_context(_peer_target(peer)(peer, upstream, folder)))
    return targets


def _peer_target(peer: Peer) -> Callable[[Peer, Target, Path], contextlib.AbstractContextManager[Target]]:
    match peer.name:
        case PeerName.LITELLM:
            return litellm_target
        case PeerName.PORTKEY:
            return portkey_target
        case _:
            assert_never(peer.name)


async def _measure(targets: Sequence[Target], options: Options) -> tuple[Measured, Soak | None, int]:
    """Measure all steps, and soak if asked; also say how many answers the router gave."""
    gc.disable()  # a pause of the load generator would look like one of the router
    rounds = Rounds(targets, options, _say)
    await rounds.warm_up()
    measured = await rounds.measure(STEPS)
    routed = next(target for target in targets if target.name == ROUTER)
    soaked = await soak(routed, options.soak, _say) if options.soak > 0 else None
    return measured, soaked, rounds.answered[ROUTER] + (soaked.answers if soaked is not None else 0)


def _memory(idle: float, target: Target) -> Memory:
    return Memory(idle=idle, peak=peak_megabytes(target.pid), after=resident_megabytes(target.pid))


if __name__ == "__main__":
    sys.exit(main())
