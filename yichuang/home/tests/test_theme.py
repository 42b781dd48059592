"""The look as written down: contrast of every token, the size budget, and nothing inline (content security policy)."""

import re
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[1]
ROOMS = HOME.parent
STATIC = HOME / "static" / "yichuang"
THEME = (STATIC / "theme.css").read_text(encoding="utf-8")
SCRIPT = (STATIC / "app.js").read_text(encoding="utf-8")
PAGES = sorted(ROOMS.glob("*/templates/**/*.html"))


def tokens(selector: str) -> dict[str, str]:
    """The colours declared in the first block of a selector."""
    block = THEME.split(selector + " {", 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([\w-]+): (#[0-9A-Fa-f]{6});", block))


LIGHT = tokens(":root")
DARK = tokens('[data-bs-theme="dark"]')
SYSTEM_DARK = tokens(':root:not([data-bs-theme="light"])')


def luminance(colour: str) -> float:
    """Relative luminance after WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The ratio of two colours, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


TEXT = [
    ("ink", "canvas"),
    ("ink", "paper"),
    ("muted", "canvas"),
    ("muted", "paper"),
    ("action", "canvas"),
    ("action", "paper"),
    ("action", "action-soft"),
    ("action-down", "action-soft"),
    ("muted", "action-soft"),
    ("on-action", "action"),
    ("on-action", "action-down"),
    ("seal", "paper"),
    ("on-seal", "seal"),
    ("good", "good-soft"),
    ("good", "paper"),
    ("warn", "warn-soft"),
    ("warn", "paper"),
    ("bad", "bad-soft"),
    ("bad", "paper"),
    ("good", "action-soft"),
    ("warn", "action-soft"),
    ("bad", "action-soft"),
    ("bad", "canvas"),
]


@pytest.mark.parametrize(("front", "back"), TEXT)
@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_words_can_be_read(scheme: dict[str, str], front: str, back: str) -> None:
    assert contrast(scheme[front], scheme[back]) >= 4.5


@pytest.mark.parametrize("back", ["canvas", "paper"])
@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_borders_of_fields_can_be_seen(scheme: dict[str, str], back: str) -> None:
    assert contrast(scheme["line"], scheme[back]) >= 3


def test_the_measure_itself_is_right() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)


def test_dark_by_the_machine_and_dark_by_choice_are_the_same() -> None:
    assert DARK == SYSTEM_DARK
    assert DARK.keys() == LIGHT.keys()


def test_the_agreed_colours_stand() -> None:
    agreed = {
        "ink": "#1F2329",
        "muted": "#5B6470",
        "canvas": "#F5F6F8",
        "line": "#7D8692",
        "rule": "#D8DDE3",
        "action": "#0B5CAD",
        "seal": "#B3261E",
    }
    assert {name: LIGHT[name] for name in agreed} == agreed


def test_style_and_script_stay_small() -> None:
    assert len(THEME.splitlines()) <= 500
    assert len(SCRIPT.splitlines()) <= 250
    assert max(len(line) for line in SCRIPT.splitlines()) <= 160


def test_chinese_is_never_letter_spaced_or_justified() -> None:
    assert "letter-spacing" not in THEME
    assert "justify;" not in THEME
    assert "italic" not in THEME


def test_every_icon_that_is_named_exists_and_holds_no_script() -> None:
    named = set(re.findall(r'url\("icons/([\w-]+\.svg)"\)', THEME))
    kept = {path.name for path in (STATIC / "icons").glob("*.svg")}
    assert named == kept
    for name in kept:
        drawing = (STATIC / "icons" / name).read_text(encoding="utf-8")
        assert "<script" not in drawing
        assert " style=" not in drawing


@pytest.mark.parametrize("path", PAGES, ids=lambda path: "/".join(path.parts[-2:]))
def test_no_page_has_anything_inline(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=\s*[\"'{]", text)
    assert not re.search(r"<style", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text)
    assert "javascript:" not in text
    assert not re.search(r"(?:href|src)=[\"'](?:https?:)?//", text)


def test_the_script_makes_no_styles_and_runs_no_text() -> None:
    assert not re.search(r"\beval\(|new Function|\.style\b|insertAdjacentHTML|document\.write", SCRIPT)
