import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from vutler_router.errors import BrokenFile
from vutler_router.keys.first_start import admin_token, master_keys
from vutler_router.settings import Settings


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_an_admin_token_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new")

    token, made = admin_token(settings)

    assert made
    assert token.startswith("vtl_")
    assert admin_token(settings) == (token, False)
    assert mode(tmp_path / "new" / "admin-token") == 0o600
    assert mode(tmp_path / "new") == 0o700


def test_a_given_admin_token_is_written_nowhere(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, admin_token=SecretStr("given"))

    assert admin_token(settings) == ("given", False)
    assert list(tmp_path.iterdir()) == []


def test_a_master_key_is_made_once(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)

    (key,) = master_keys(settings)

    assert len(key) == 32
    assert master_keys(settings) == (key,)
    assert mode(tmp_path / "encryption-key") == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["encryption-key"]


def test_a_kept_secret_that_others_could_read_is_closed_again(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    admin_token(settings)
    (tmp_path / "admin-token").chmod(0o644)

    admin_token(settings)

    assert mode(tmp_path / "admin-token") == 0o600


def test_a_damaged_master_key_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "encryption-key").write_text("rubbish\n")

    with pytest.raises(BrokenFile, match="stored provider keys are lost"):
        master_keys(Settings(data_dir=tmp_path))

    assert (tmp_path / "encryption-key").read_text() == "rubbish\n"


def test_a_data_folder_that_cannot_be_made_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(BrokenFile, match="ROUTER_DATA_DIR"):
        admin_token(Settings(data_dir=tmp_path / "file" / "data"))
