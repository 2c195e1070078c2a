"""Pages keep to the strict Content-Security-Policy, and carry nothing that is not used."""

import re
from pathlib import Path

import jinja2
import jinja2.meta
import pytest
from bs4 import BeautifulSoup, Tag

from tests.house_rules.tree import ROOT, files_under, shown

FOLDER = ROOT / "templates"
JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
MACRO = re.compile(r"\{%-?\s*macro\s+(\w+)")
STORED_SCRIPTS = {"application/json", "application/ld+json"}


def pages() -> list[Path]:
    html = files_under("templates", ending=".html")
    return html + [path for path in files_under("exchange", ending=".html") if path.is_file()]


def against_the_policy(source: str) -> list[str]:
    """Return what in the page a strict policy would block, in document order."""
    found = []
    for tag in BeautifulSoup(JINJA.sub("", source), "html.parser").find_all(True):
        assert isinstance(tag, Tag)
        if tag.name == "style":
            found.append("<style>")
        if (
            tag.name == "script"
            and not tag.has_attr("src")
            and tag.get("type") not in STORED_SCRIPTS
        ):
            found.append("<script> without src")
        found += [name for name in tag.attrs if name == "style" or re.match(r"on[a-z]+$", name)]
    return found


def test_no_page_has_inline_style_or_script():
    faults = {shown(path): against_the_policy(path.read_text("utf-8")) for path in pages()}
    assert {name: fault for name, fault in faults.items() if fault} == {}


@pytest.mark.parametrize(
    "source",
    [
        '<p style="color:red">',
        "<script>go()</script>",
        "<style>p{}</style>",
        '<a onclick="go()">',
        '{% if x %}<body onload="go()">{% endif %}',
    ],
)
def test_inline_style_or_script_would_be_seen(source: str):
    assert against_the_policy(source)


def test_every_template_can_be_read():
    environment = jinja2.Environment(autoescape=True, extensions=["jinja2.ext.do"])
    for path in files_under("templates", ending=""):
        if path.is_file():
            environment.parse(path.read_text("utf-8"), filename=shown(path))


def test_every_template_that_is_asked_for_is_there():
    environment = jinja2.Environment(autoescape=True, extensions=["jinja2.ext.do"])
    missing = {
        f"{shown(path)} asks for {name}"
        for path in files_under("templates", ending=".html")
        for name in jinja2.meta.find_referenced_templates(
            environment.parse(path.read_text("utf-8"))
        )
        if name and not name.startswith("govuk_frontend") and not (FOLDER / name).is_file()
    }
    assert missing == set()


def test_every_macro_is_used():
    sources = {path: path.read_text("utf-8") for path in files_under("templates", ending=".html")}
    unused = [
        f"{shown(path)}: {macro}"
        for path, source in sources.items()
        for macro in MACRO.findall(source)
        if sum(len(re.findall(rf"\b{macro}\(", other)) for other in sources.values()) < 2
    ]
    assert unused == []


def test_nothing_on_a_page_comes_from_another_address():
    outside = re.compile(r"(?:src|srcset|href)=[\"'](?:https?:)?//", re.IGNORECASE)
    faults = [
        f"{shown(path)}: <{tag.name}>"
        for path in pages()
        for tag in BeautifulSoup(path.read_text("utf-8"), "html.parser").find_all(
            ["script", "link", "img", "audio", "iframe", "source"]
        )
        if outside.search(str(tag))
    ]
    assert faults == []
