import pytest

from vutler_router.domain.ask_store import AskKind
from vutler_router.services.asking.session_names import NamedSession, SessionNames

TREE = "tree_" + "0123456789abcdef" * 2
NAMES = SessionNames([b"a" * 32])


@pytest.mark.parametrize("kind", AskKind)
def test_a_name_says_its_tree_to_whom_it_was_made_for(kind: AskKind) -> None:
    name = NAMES.name(kind, TREE, asker="team-a.lead", peer="team-a.coder")

    assert NAMES.read(name, "team-a.coder") == NamedSession(kind, TREE)
    assert NAMES.read(name, "team-a.checker") is None
    assert name.isascii()
    assert name == name.lower()


def test_a_changed_name_says_nothing() -> None:
    name = NAMES.name(AskKind.ASK, TREE, asker="team-a.lead", peer="team-a.coder")
    for place in range(len(name)):
        changed = name[:place] + ("0" if name[place] != "0" else "1") + name[place + 1 :]
        assert NAMES.read(changed, "team-a.coder") is None


def test_names_outlive_a_rotation_of_the_keys() -> None:
    name = NAMES.name(AskKind.ASK, TREE, asker="", peer="team-a.coder")

    assert SessionNames([b"b" * 32, b"a" * 32]).read(name, "team-a.coder") is not None
    assert SessionNames([b"b" * 32]).read(name, "team-a.coder") is None


def test_each_asker_has_a_conversation_of_its_own() -> None:
    names = {NAMES.name(AskKind.ASK, TREE, asker=asker, peer="team-a.coder") for asker in ("a.a", "a.b", "a.a")}

    assert len(names) == 2
