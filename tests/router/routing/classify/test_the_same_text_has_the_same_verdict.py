import subprocess
import sys

from vutler_router.routing.classify import judge

TEXT = "Pourquoi mon `useEffect` boucle-t-il ? J'ai 3 états et 2 effets."
SCRIPT = f"from vutler_router.routing.classify import judge; print(judge({TEXT!r}))"
TOOLS_SCRIPT = """
from vutler_router.routing.classify import OfferedTool, judge_request
names = ("drive_list", "drive_read", "email_list", "email_read", "email_send", "chat_post", "chat_read")
tools = tuple(map(OfferedTool, names))
for text in ("Find the files and the mails in the channel", "Do I have new mail, messages or files?"):
    print(judge_request([text], (), tools))
"""


def test_a_text_is_judged_the_same_way_twice() -> None:
    assert judge(TEXT) == judge(TEXT)


def test_another_process_with_another_seed_judges_the_same() -> None:
    assert {_printed(SCRIPT, seed) for seed in ("1", "2")} == {f"{judge(TEXT)}\n"}


def test_another_process_with_another_seed_finds_the_same_tool() -> None:
    said = {_printed(TOOLS_SCRIPT, seed) for seed in ("1", "2", "3")}

    assert len(said) == 1
    assert all(line.startswith("Verdict(category='tools'") for line in said.pop().splitlines())


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


def _printed(script: str, seed: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path), "PYTHONIOENCODING": "utf-8"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
