"""The pages' own files: no way for a stranger's text to become markup, nothing from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

WEB = Path(__file__).parents[4] / "lumenmond" / "web"
STATIC, TEMPLATES = WEB / "static", WEB / "templates"
OURS = sorted([*STATIC.glob("js/*.js"), *STATIC.glob("*.js"), *STATIC.glob("css/*.css")])
VENDOR = STATIC / "vendor"
MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser"
    r"|createContextualFragment|srcdoc|javascript:"
)
ELSEWHERE = re.compile(r"(https?:)?//[a-z0-9-]+\.[a-z]", re.IGNORECASE)
SVG = "http://www.w3.org/2000/svg"


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_a_file_is_short_and_makes_no_markup_of_text(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 300
    assert max(len(line) for line in text.splitlines()) <= 120
    assert not MARKUP.search(text)
    assert not ELSEWHERE.search(text.replace(SVG, ""))


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_a_template_has_nothing_inline(path):
    text = path.read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|\|\s*safe|autoescape", text)
    for script in re.findall(r"<script[^>]*>.*?</script>", text, re.DOTALL):
        assert re.fullmatch(r"<script [^>]*src=[^>]*></script>", script)
    assert not ELSEWHERE.search(text)


def test_every_module_is_fetched_at_once():
    listed = re.search(r"for name in \[(.*?)\]", (TEMPLATES / "index.html").read_text())
    modules = {path.stem for path in STATIC.glob("js/*.js")} - {"app"}
    assert {name.strip(" '") for name in listed[1].split(",")} == modules


def test_what_is_bundled_asks_nobody():
    assert {path.name for path in VENDOR.iterdir()} == {"catppuccin.css", "chart.js", "webtui.css"}
    for path in VENDOR.glob("*.css"):
        assert not re.search(r"url\(|@import", path.read_text())
    chart = (VENDOR / "chart.js").read_text()
    assert not re.search(r"fetch\(|XMLHttpRequest|sourceMappingURL|import\(", chart)
