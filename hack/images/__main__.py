"""`python3 -m hack.images build | list | openclaw-home`: container images without a registry."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from hack.cluster.progress import Progress
from hack.images import docker
from hack.images.cache import Cache
from hack.images.errors import ImageError
from hack.images.openclaw_home import openclaw_home
from hack.images.openclaw_image import build_openclaw
from hack.images.vutler_image import build_vutler

IMAGES = ("vutler", "openclaw")


def main() -> int:
    """Run one verb; paths go to standard output, everything said to standard error."""
    parser = _parser()
    arguments = parser.parse_args()
    if unknown := set(vars(arguments).get("images", ())) - set(IMAGES):
        parser.error(f"no such image: {', '.join(sorted(unknown))} (choose from {', '.join(IMAGES)})")
    signal.signal(signal.SIGTERM, _interrupt)
    cache, progress = Cache.of_this_user(), Progress()
    try:
        match arguments.verb:
            case "build":
                build(arguments.images or IMAGES, arguments.engine, arguments.out, cache, progress)
            case "openclaw-home":
                print(openclaw_home(cache, progress))
            case _:
                print("\n".join(listing(cache, time.time())))
    except ImageError as error:
        progress.say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        progress.say("interrupted; nothing unfinished was kept")
        return 130
    return 0


def build(names: Sequence[str], engine: str, out: Path | None, cache: Cache, progress: Progress) -> None:
    """Build images and print the path of each archive as soon as it is there."""
    if engine == "auto":
        engine = "docker" if docker.engine_answers() else "buildah"
    for name in names:
        archive = (
            build_vutler(cache, progress, engine=engine)
            if name == "vutler"
            else build_openclaw(cache, progress, pull=engine == "docker")
        )
        print(_copy(archive, out / f"{name}.tar") if out else archive, flush=True)


def listing(cache: Cache, now: float) -> list[str]:
    """Describe what the cache holds, a line each: size, age, path."""
    lines = []
    for path in cache.entries():
        files = [path] if path.is_file() else [file for file in path.rglob("*") if not file.is_dir()]
        megabytes = sum(file.lstat().st_size for file in files) / 1e6
        lines.append(f"{megabytes:6.0f} MB  {(now - path.stat().st_mtime) / 3600:6.1f} h  {path}")
    return lines


def _copy(archive: Path, target: Path) -> Path:
    """Put an archive where it was asked for, as a second name of the same bytes if the disk allows."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        part.hardlink_to(archive)
    except OSError:
        shutil.copyfile(archive, part)
    return part.replace(target)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m hack.images", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("build", help="build archives that Docker and containerd take; print their paths")
    verb.add_argument("images", nargs="*", metavar="IMAGE", help=f"{' or '.join(IMAGES)}; default: both")
    verb.add_argument("--out", type=Path, metavar="DIR", help="also put them there, as IMAGE.tar")
    verb.add_argument("--engine", choices=["auto", "docker", "buildah"], default="auto")
    verbs.add_parser("openclaw-home", help="print the folder of an OpenClaw that runs without a container")
    verbs.add_parser("list", help="show what was built, with its size and age in hours")
    return parser


if __name__ == "__main__":
    sys.exit(main())
