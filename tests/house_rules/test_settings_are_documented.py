"""An operator finds every setting in docs/settings.md, said as the program says it."""

from helpline.settings import Settings, settings_as_markdown
from tests.house_rules.tree import ROOT

DOCUMENT = ROOT / "docs" / "settings.md"


def test_every_setting_says_what_it_decides():
    silent = [
        name
        for name, field in Settings.model_fields.items()
        if len((field.description or "").split()) < 4
    ]
    assert silent == []


def test_the_document_is_what_the_program_prints():
    assert DOCUMENT.read_text("utf-8").strip() == settings_as_markdown().strip(), (
        "write it anew: python -m helpline.commands settings-doc > docs/settings.md"
    )
