"""The settings of the first start: made once, kept to oneself, overruled by the environment."""

import base64
import stat
from pathlib import Path

import pytest

from helpline.settings import Settings
from tools import demo_settings
from tools.demo_settings import Place


def here(tmp_path: Path) -> Place:
    return Place(port=9000, data_dir=tmp_path / "data")


def test_only_the_owner_may_read_the_secrets(tmp_path: Path):
    demo_settings.secret_settings(tmp_path / "settings.env")
    assert stat.S_IMODE((tmp_path / "settings.env").stat().st_mode) == 0o600


def test_the_secrets_are_the_same_at_the_next_start(tmp_path: Path):
    first = demo_settings.secret_settings(tmp_path / "settings.env")
    assert demo_settings.secret_settings(tmp_path / "settings.env") == first


def test_a_secret_that_came_later_is_added_and_the_others_stay(tmp_path: Path):
    file = tmp_path / "settings.env"
    file.write_text("# by hand\nSECRET_KEY=kept = as it is\n\n", "utf-8")
    settings = demo_settings.secret_settings(file)
    assert settings["SECRET_KEY"] == "kept = as it is"
    assert settings["VAULT_KEYS"]
    assert demo_settings.secret_settings(file) == settings


def test_two_machines_have_no_secret_in_common(tmp_path: Path):
    one = demo_settings.secret_settings(tmp_path / "one.env")
    other = demo_settings.secret_settings(tmp_path / "other.env")
    assert not set(one.values()) & set(other.values())


def test_keys_have_32_bytes_and_are_not_used_twice(tmp_path: Path):
    settings = demo_settings.secret_settings(tmp_path / "settings.env")
    keys = [settings["BLIND_INDEX_KEY"]]
    for name in ("TEXT_KEYS", "VAULT_KEYS"):
        key_id, _, key = settings[name].partition(":")
        assert key_id == "k1"
        keys.append(key)
    assert [len(base64.b64decode(key, validate=True)) for key in keys] == [32, 32, 32]
    assert len(set(keys)) == 3


def test_the_helpline_accepts_the_settings_as_they_are_made(tmp_path: Path, monkeypatch):
    for name, value in demo_settings.child_settings(here(tmp_path), {}).items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.training
    assert settings.public_base_url == "http://127.0.0.1:9000"
    assert settings.carrier_base_url == "http://127.0.0.1:9002"
    assert settings.live_port == 9001
    assert not settings.secure_cookies


def test_what_the_environment_says_wins(tmp_path: Path):
    given = {"TRAINING": "0", "DATABASE_URL": "postgresql://elsewhere/helpline"}
    settings = demo_settings.child_settings(here(tmp_path), given)
    assert settings["TRAINING"] == "0"
    assert settings["DATABASE_URL"] == "postgresql://elsewhere/helpline"


def test_with_a_carriers_account_the_local_exchange_is_not_used(tmp_path: Path):
    settings = demo_settings.child_settings(here(tmp_path), {"CARRIER_ACCOUNT_SID": "AC1"})
    assert settings["CARRIER_BASE_URL"] == ""


def test_the_exchange_learns_none_of_the_helplines_secrets(tmp_path: Path):
    settings = demo_settings.child_settings(here(tmp_path), {"DATABASE_URL": "postgresql://x"})
    exchange = demo_settings.exchange_settings(here(tmp_path), settings)
    for name in demo_settings.HELPLINE_SECRETS:
        assert name not in exchange
        assert settings[name] not in exchange.values()
    assert exchange["CARRIER_AUTH_TOKEN"] == settings["CARRIER_AUTH_TOKEN"]
    assert exchange["EXCHANGE_PORT"] == "9002"


@pytest.mark.parametrize("port", ["telephone", "0", "-1", "65534", "80.5", "٨١١٦", " 8116"])
def test_a_port_that_cannot_be_is_named(port: str):
    with pytest.raises(demo_settings.SettingsError, match="PORT"):
        demo_settings.place({"PORT": port})


def test_without_a_word_it_is_port_8116_and_the_data_folder():
    spot = demo_settings.place({"PORT": "", "DATA_DIR": ""})
    assert spot.port == 8116
    assert spot.data_dir == Path("data").resolve()
