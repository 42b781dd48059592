"""The living style guide and the pages of errors, drawn as the site draws them."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.template import engines
from django.test import RequestFactory

from yichuang.home.pages.parts import FRAMES, THEMES, Look, look_of, parts
from yichuang.kernel.actor import Actor
from yichuang.kernel.web import Request, requirement

AT = datetime(2022, 5, 13, 1, 30, tzinfo=UTC)
SHOWN = """error-summary timeline steps receipt tasks summary table-cards chips pager why empty door tabs
figures facts files confirm bulk crumbs pages search copy sheet red-head light tag notice"""
INSIDE_OTHERS = {"client_key", "size_words"}


def test_unknown_looks_fall_back() -> None:
    assert look_of("neon", "giant") == Look("", "desk")
    assert look_of("dark", "elder").frame == "public elder"


def page(query: str = "") -> str:
    request = RequestFactory().get("/desk/parts" + query)
    asked: Request = request  # type: ignore[assignment]
    asked.by = Actor(kind="staff", name="张示例", post="审查岗", capabilities=frozenset({"parts.read"}))
    asked.at = AT
    return parts(asked).content.decode()


def test_the_guide_declares_its_capability() -> None:
    assert requirement(parts) == "parts.read"


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("density", FRAMES)
def test_the_guide_shows_every_part_in_every_look(theme: str, density: str) -> None:
    html = page(f"?theme={theme}&density={density}")
    for name in SHOWN.split():
        assert f'class="{name}' in html or f" {name}" in html, name
    assert (f'data-bs-theme="{theme}"' in html) == bool(theme)


def test_the_guide_has_no_doubled_ids_and_its_links_lead_somewhere() -> None:
    html = page()
    ids = re.findall(r' id="([^"]+)"', html)
    assert sorted(ids) == sorted(set(ids))
    for target in re.findall(r'href="#([^"]*)"', html):
        assert target in ids
    for referred in re.findall(r'aria-describedby="([^"]+)"', html):
        assert set(referred.split()) <= set(ids)


def test_every_part_that_pages_import_is_shown_in_the_guide() -> None:
    env: Any = engines["jinja2"].env  # type: ignore[attr-defined]
    source = env.loader.get_source(env, "home/parts_page.html")[0]
    for name in ("forms", "states", "lists", "facts"):
        made = env.get_template(f"parts/{name}.html").module
        offered = {key for key in vars(made) if not key.startswith("_")} - INSIDE_OTHERS
        for part in offered:
            assert f"{part}(" in source, f"{name}.{part} is not shown"


@pytest.mark.parametrize("status", ["400", "403", "404", "409", "422", "500", "503"])
def test_errors_stand_on_their_own(status: str) -> None:
    env: Any = engines["jinja2"].env  # type: ignore[attr-defined]
    html = env.get_template(f"errors/{status}.html").render()
    assert "怎么办" in html
    assert status in html
    told = env.get_template(f"errors/{status}.html").render(
        problem={"message": "甲<乙", "how": "丙", "fields": {"x": "丁"}}
    )
    assert "甲&lt;乙" in told
    assert "丁" in told
    assert "甲<乙" not in told
