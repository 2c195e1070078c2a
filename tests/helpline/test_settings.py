"""A setting that is missing or wrong stops the start with a sentence, never with its value."""

import base64

import pytest

from helpline.settings import Settings, SettingsError, read_settings, settings_as_markdown

KEY = base64.b64encode(b"k" * 32).decode()
WHOLE = {
    "SECRET_KEY": "a secret key for tests, long enough to be one",
    "TEXT_KEYS": f"t1:{KEY}",
    "VAULT_KEYS": f"v1:{KEY}",
    "BLIND_INDEX_KEY": KEY,
    "PUBLIC_BASE_URL": "https://line.example.org/",
    "CARRIER_ACCOUNT_SID": "AC" + "0" * 32,
    "CARRIER_AUTH_TOKEN": "token-of-the-tests",
    "CARRIER_API_KEY_SID": "SK" + "0" * 32,
    "CARRIER_API_KEY_SECRET": "secret-of-the-tests",
    "HELPLINE_NUMBER": "+441632960116",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in WHOLE.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_the_least_that_is_needed_is_enough_and_safe(environment: pytest.MonkeyPatch) -> None:
    settings = read_settings()
    assert not settings.training
    assert settings.secure_cookies
    assert settings.carrier_base_url == ""
    assert settings.public_base_url == "https://line.example.org"


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_missing_setting_is_named(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.delenv(name)
    with pytest.raises(SettingsError, match=f"{name}: Field required"):
        read_settings()


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("SECRET_KEY", "hunter2-short"),
        ("TEXT_KEYS", "hunter2"),
        ("VAULT_KEYS", "v1:hunter2hunter2"),
        ("BLIND_INDEX_KEY", "hunter2hunter2"),
        ("CARRIER_AUTH_TOKEN", "hunter2"),
        ("CARRIER_TIMEOUT_SECONDS", "hunter2"),
        ("CARRIER_TIMEOUT_SECONDS", "0"),
        ("RING_SECONDS", "4"),
        ("LIVE_PORT", "70000"),
        ("TRAINING", "hunter2"),
        ("WORKER_THREADS", "0"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not(
    environment: pytest.MonkeyPatch, name: str, wrong: str
) -> None:
    environment.setenv(name, wrong)
    with pytest.raises(SettingsError) as refusal:
        read_settings()
    assert f"{name}: " in str(refusal.value)
    assert "docs/settings.md" in str(refusal.value)
    assert "hunter2" not in str(refusal.value)
    # A traceback would print what is chained to it, value included.
    assert refusal.value.__suppress_context__


def test_several_wrong_settings_are_all_named_at_once(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("TEXT_KEYS")
    environment.setenv("RING_SECONDS", "1")
    with pytest.raises(SettingsError, match=r"(?s)TEXT_KEYS.*RING_SECONDS"):
        read_settings()


def test_settings_cannot_be_changed_while_the_program_runs(
    environment: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ValueError, match="frozen"):
        read_settings().training = True  # type: ignore[misc]


def test_every_setting_has_its_row_of_help() -> None:
    page = settings_as_markdown()
    for name, field in Settings.model_fields.items():
        assert f"| `{name.upper()}` | " in page
        assert field.description
