import os
import threading
from pathlib import Path

import pytest

from hack.images.cache import Cache


def interrupt(cache: Cache, target: Path) -> None:
    with cache.making(target) as part:
        assert part is not None
        part.write_text("half")
        raise KeyboardInterrupt


def make(cache: Cache, key: str, content: str = "built") -> bool:
    with cache.making(cache.path("thing", key, ".tar")) as part:
        if part is not None:
            part.write_text(content)
        return part is not None


def test_what_is_there_is_not_built_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path)

    assert [make(cache, "a"), make(cache, "a", "again")] == [True, False]
    assert cache.path("thing", "a", ".tar").read_text() == "built"


def test_an_interrupted_build_leaves_nothing_and_can_be_repeated(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        interrupt(cache, cache.path("thing", "a", ".tar"))

    assert cache.entries() == []
    assert list((tmp_path / "unfinished").iterdir()) == []
    assert make(cache, "a")


def test_what_a_killed_build_left_is_swept_by_the_next(tmp_path: Path) -> None:
    left = tmp_path / "unfinished/thing.killed"
    left.mkdir(parents=True)
    (left / "half").write_text("half")
    others = tmp_path / "unfinished/thing-else.at-work"
    others.mkdir()

    make(Cache(tmp_path), "a")

    assert [left.exists(), others.exists()] == [False, True]


def test_a_second_builder_waits_for_the_first_and_takes_its_result(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    built: list[bool] = []
    second = threading.Thread(target=lambda: built.append(make(cache, "a", "second")))

    with cache.making(cache.path("thing", "a", ".tar")) as part:
        assert part is not None
        second.start()
        second.join(timeout=0.2)
        assert second.is_alive()
        part.write_text("first")
    second.join(timeout=10)

    assert built == [False]
    assert cache.path("thing", "a", ".tar").read_text() == "first"


def test_three_versions_are_kept_the_latest_used_ones(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for age, key in enumerate(["d", "c", "b", "a"]):
        make(cache, key)
        os.utime(cache.path("thing", key, ".tar"), (1000 + age, 1000 + age))
    make(cache, "d")
    with cache.making(cache.path("thing-else", "x")) as part:
        assert part is not None
        part.mkdir()
    make(cache, "new")

    assert [path.name for path in cache.entries()] == ["thing-a.tar", "thing-d.tar", "thing-else-x", "thing-new.tar"]
