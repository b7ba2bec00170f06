import subprocess
import sys

from vutler_router.routing.classify import judge

TEXT = "Pourquoi mon `useEffect` boucle-t-il ? J'ai 3 états et 2 effets."
SCRIPT = f"from vutler_router.routing.classify import judge; print(judge({TEXT!r}))"


def test_a_text_is_judged_the_same_way_twice() -> None:
    assert judge(TEXT) == judge(TEXT)


def test_another_process_with_another_seed_judges_the_same() -> None:
    said = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path), "PYTHONIOENCODING": "utf-8"},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert said == {f"{judge(TEXT)}\n"}


def test_nothing_is_read_when_the_package_is_imported() -> None:
    script = (
        "import vutler_router.routing.classify.continuity as c, vutler_router.routing.classify.model as m;"
        "print(m.shipped_model.cache_info().currsize)"
    )

    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": ":".join(sys.path)},
        check=True,
        capture_output=True,
        text=True,
    )

    assert done.stdout.strip() == "0"
