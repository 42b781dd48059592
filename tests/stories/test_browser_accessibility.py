"""Every kind of page, as everybody who may open it sees it: axe finds nothing, the phone does not scroll sideways."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from playwright.sync_api import Browser, Page
from pytest_django import DjangoDbBlocker

from tests.browser import LAPTOP, PHONE, Person, Site, needs_chromium, person
from tests.stories.conftest import Demo
from tests.stories.samples import Samples, pointed_at
from tests.stories.tables import rooms_tables

pytestmark = [pytest.mark.browser, needs_chromium]

SHOTS = os.environ.get("YICHUANG_SHOTS", "")
AXE = Axe()
Tour = Callable[[Samples], dict[str, str]]


def everybody(s: Samples) -> dict[str, str]:
    """What needs no account, empty states and errors among it."""
    return {
        "home": "/",
        "items": "/items?q=取水",
        "items-none": "/items?q=不存在的事项",
        "guide": f"/items/{s.item}",
        "bare-item": f"/items/{s.bare_item}",
        "figures": "/figures",
        "definitions": "/figures/definitions",
        "reports": "/reports",
        "reports-search": "/reports?q=取水",
        "report": f"/reports/{s.slug}",
        "follow-ask": f"/follow?number={s.own_number}",
        "sign-in": "/sign-in",
        "register": "/register",
        "missing": "/nothing-here",
    }


def company(s: Samples) -> dict[str, str]:
    """The company's own pages."""
    draft = f"/drafts/{s.draft}"
    return {
        "start-filing": f"/file/{s.item}/start",
        "draft": draft,
        "section": f"{draft}/sections/purpose",
        "materials": f"{draft}/materials",
        "check": f"{draft}/check",
        "receipt": f"/receipts/{s.own_case}",
        "my": "/my",
        "my-messages": "/my/messages",
        "my-case": f"/my/cases/{s.own_case}",
        "my-correcting": f"/my/cases/{s.correcting}",
        "my-correction": f"/my/cases/{s.correcting}/correction",
        "my-withdraw": f"/my/cases/{s.correcting}/withdraw",
        "forbidden": "/desk/outbox",
    }


def clerk(s: Samples) -> dict[str, str]:
    """The window's pages."""
    states = {f"case-{state}": f"/desk/cases/{case}" for state, case in s.water.items()}
    draft = f"/desk/window/drafts/{s.window_draft}"
    return {
        "desk": "/desk",
        "desk-in-hand": "/desk?tab=in_hand",
        "desk-waiting": "/desk?tab=waiting",
        "desk-done": "/desk?tab=done",
        "search": "/desk/search?q=示例",
        "search-none": "/desk/search?q=不存在",
        **states,
        "window": "/desk/window",
        "window-unknown": "/desk/window?paper=91510000MA00000072",
        "window-section": f"{draft}/sections/all",
        "window-materials": f"{draft}/materials",
        "window-check": f"{draft}/check",
    }


def reviewer(s: Samples) -> dict[str, str]:
    """The reviewer's pages."""
    states = {
        f"review-{state}": f"/desk/cases/{case}"
        for state, case in s.water.items()
        if state in ("review", "special")
    }
    return {
        "review-desk": "/desk",
        **states,
        "contribute": "/desk/reports/contribute",
        "reports-reviewer": "/desk/reports",
    }


def head(s: Samples) -> dict[str, str]:
    """The head's pages."""
    states = {
        f"decide-{state}": f"/desk/cases/{case}" for state, case in s.water.items() if state == "review"
    }
    return {"head-desk": "/desk", **states}


def report_editor(s: Samples) -> dict[str, str]:
    """The report as it is made, and the figures that go into it."""
    editing = f"/desk/reports/{s.editing}"
    return {
        "reports-desk": "/desk/reports",
        "editor": editing,
        "editor-collecting": f"/desk/reports/{s.collecting}",
        "editor-issued": f"/desk/reports/{s.issued}",
        "news": f"{editing}/sections/efficiency",
        "inspection": f"{editing}/inspection",
        "imprint": f"{editing}/imprint",
        "visits": f"{editing}/visits",
        "visit": f"{editing}/visits/{s.visit}",
        "versions": f"{editing}/versions",
        "version": f"{editing}/versions/1",
        "report-import": "/desk/reports/import",
        "brought-forward": "/desk/figures/brought-forward",
    }


def leader(s: Samples) -> dict[str, str]:
    """Figures down to their cases."""
    return {
        "desk-figures": "/desk/figures?first=2026-05-01&last=2026-06-10",
        "desk-figures-empty": "/desk/figures?first=2020-05-01&last=2020-05-02",
        "figures-cases": "/desk/figures/cases?measure=concluded&first=2026-05-01&last=2026-06-10",
        "reports-leader": f"/desk/reports/{s.issued}",
    }


def auditor(s: Samples) -> dict[str, str]:
    """The evidence."""
    return {
        "journal": "/desk/journal",
        "seal": "/desk/journal/seals/1",
        "subject": f"/desk/journal/subjects/{s.own_case}",
        "outbox": "/desk/outbox",
        "outbox-none": "/desk/outbox?text=不存在",
    }


def admin(s: Samples) -> dict[str, str]:
    """The tools of the house."""
    return {
        "directory": "/desk/directory",
        "directory-new": "/desk/directory/new",
        "department": f"/desk/directory/departments/{s.department}",
        "department-edit": f"/desk/directory/departments/{s.department}/edit",
        "post-new": f"/desk/directory/departments/{s.department}/posts/new",
        "staff-new": f"/desk/directory/departments/{s.department}/staff/new",
        "post": f"/desk/directory/posts/{s.post}",
        "staff": "/desk/directory/staff",
        "staff-edit": f"/desk/directory/staff/{s.account}",
        "calendar": "/desk/calendar",
        "clock": "/desk/clock",
        "parts": "/desk/parts",
    }


def catalogue_editor(s: Samples) -> dict[str, str]:
    """Lists, guides and their versions, as those see them who write."""
    version = f"/desk/catalogue/versions/{s.version}"
    return {
        "catalogue": "/desk/catalogue",
        "catalogue-none": "/desk/catalogue?q=不存在的事项",
        "catalogue-item": f"/desk/catalogue/items/{s.item_id}",
        "catalogue-version": version,
        "catalogue-edit": f"{version}/edit",
        "catalogue-edit-materials": f"{version}/edit/materials",
        "catalogue-compare": f"/desk/catalogue/items/{s.item_id}/compare",
        "catalogue-imports": "/desk/catalogue/import",
        "catalogue-import": f"/desk/catalogue/imports/{s.run}",
        "manuals": "/desk/catalogue/manuals",
        "manual": f"/desk/catalogue/manuals/{s.item_id}",
    }


TOURS: dict[str, Tour] = {
    "": everybody, "company": company, "clerk": clerk, "reviewer.water": reviewer, "head.water": head,
    "catalogue.editor": catalogue_editor, "report.editor": report_editor, "leader": leader, "auditor": auditor, "admin": admin,
}  # fmt: skip
ERRORS = {"missing": 404, "forbidden": 403}
# The style guide shows headings of every level as specimens.
SPECIMENS = ("parts",)
DARK = {
    "": ("home", "guide", "figures"),
    "company": ("draft", "check"),
    "clerk": ("desk", "case-review"),
    "admin": ("parts",),
}


# What decides the contrast of a text: its own colours and size, those of all that it stands in, and what axe passes over.
# Elements that are alike in all of it (the rows of a table) are judged by the first of them, at each width anew.
ALIKE = """() => {
  const known = new Map();
  const number = words => known.has(words) ? known.get(words) : known.set(words, known.size).size - 1;
  const seen = new Set();
  const walk = (element, above) => {
    const style = getComputedStyle(element), own = [...element.childNodes].filter(n => n.nodeType === 3);
    const text = own.map(n => n.data).join('').trim();
    const kind = number([above, element.tagName, element.getAttribute('class'), style.color, style.backgroundColor,
      style.backgroundImage, style.opacity, style.fontSize, style.fontWeight, style.textShadow, style.position, style.overflow,
      style.filter, style.mixBlendMode, style.transform, style.clip, style.clipPath,
      element.checkVisibility({checkOpacity: true, checkVisibilityCSS: true}), element.matches('[hidden], [aria-disabled]'),
      text.length > 1 && /[\\p{L}\\p{N}]/u.test(text), element.getClientRects().length > 0].join('|'));
    const alone = element.id || element.matches('input, select, textarea, button, label, label *, button *');
    element.toggleAttribute('data-alike', seen.has(kind) && !alone);
    seen.add(kind);
    for (const child of element.children) walk(child, kind);
  };
  walk(document.documentElement, '');
}"""
FIRSTS = "axe.configure({rules: [{id: 'color-contrast', selector: '*:not([data-alike])'}]})"


def examine(who: Person, name: str, path: str, dark: bool) -> list[str]:
    """What is wrong with one page, on a laptop and then, the window made narrow, on a phone."""
    who.complaints.clear()
    answer = who.page.goto(who.site.address + path, wait_until="load")
    wrong = []
    if answer is None or answer.status != ERRORS.get(name, 200):
        wrong.append(f"status {answer.status if answer else 'none'}, now at {who.page.url}")
    if who.page.locator("h1").count() != 1 and name not in SPECIMENS:
        wrong.append(f"{who.page.locator('h1').count()} h1")
    if len(who.page.title()) < 3:
        wrong.append(f"title {who.page.title()!r}")
    listen_to(who.page)
    for size in (LAPTOP, PHONE):
        who.page.set_viewport_size({"width": size["width"], "height": size["height"]})
        wrong += [f"at {size['width']} px: {each}" for each in [*judged(who.page), *sideways(who.page)]]
        shoot(who, f"{name}-{size['width']}{'-dark' if dark else ''}")
    who.page.set_viewport_size({"width": LAPTOP["width"], "height": LAPTOP["height"]})
    return [f"{name} {path}: {each}" for each in [*wrong, *who.complaints]]


def listen_to(page: Page) -> None:
    """Bring axe into the page."""
    page.evaluate(AXE.axe_script)
    page.evaluate(FIRSTS)


def judged(page: Page) -> list[str]:
    """What axe finds."""
    page.evaluate(ALIKE)
    found = page.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then(results => results.violations)"
    )
    return [
        f"axe {each['id']} ({each['impact']}): {each['help']} at {[node['target'] for node in each['nodes']][:4]}"
        for each in found
    ]


def sideways(page: Page) -> list[str]:
    """The elements that reach beyond the right edge of a page that can be scrolled sideways; empty where it cannot."""
    found: list[str] = page.evaluate(
        """() => {
          const root = document.scrollingElement, width = root.clientWidth;
          if (root.scrollWidth <= width) return [];
          return [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > width + 1)
            .slice(0, 4).map(e => 'sideways: ' + e.tagName + '.' + e.className + ' ' + e.textContent.trim().slice(0, 30))
            .concat(['the page scrolls sideways']);
        }"""
    )
    return found


def shoot(who: Person, name: str) -> None:
    """Keep a picture where a folder for pictures is given."""
    if SHOTS:
        who.page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


@pytest.fixture(scope="module")
def pages(demo: Demo, django_db_blocker: DjangoDbBlocker) -> dict[str, dict[str, str]]:
    """The pages of every account: those told here and those that the rooms tell."""
    found = {username: told(demo.samples) for username, told in TOURS.items()}

    def ask() -> None:
        with django_db_blocker.unblock(), pointed_at(demo.urls, demo.name):
            for tables in rooms_tables():
                for username, told in tables.axe.items():
                    found.setdefault(username, {}).update(told(demo.samples))
            connections["default"].close()

    # Where a browser runs already, its event loop forbids database work in this thread.
    with ThreadPoolExecutor(1) as aside:
        aside.submit(ask).result()
    return found


def tour(
    browser: Browser, site: Site, pages: dict[str, str], username: str, *, dark: bool = False
) -> list[str]:
    """Everything that is wrong with the pages of one account."""
    chosen = {name: pages[name] for name in DARK[username] if name in pages} if dark else pages
    who = person(browser, site, dark=dark, username=username)
    try:
        return [each for name, path in chosen.items() for each in examine(who, name, path, dark)]
    finally:
        who.context.close()


EVERYBODY = (*TOURS, *sorted({name for tables in rooms_tables() for name in tables.axe} - set(TOURS)))


@pytest.mark.parametrize("username", EVERYBODY, ids=lambda name: name or "everybody")
def test_pages_by_day(browser: Browser, site: Site, pages: dict[str, dict[str, str]], username: str) -> None:
    found = tour(browser, site, pages[username], username)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("username", DARK, ids=lambda name: name or "everybody")
def test_pages_in_the_dark(
    browser: Browser, site: Site, pages: dict[str, dict[str, str]], username: str
) -> None:
    found = tour(browser, site, pages[username], username, dark=True)
    assert not found, "\n".join(found)


def test_the_examination_finds_faults(browser: Browser, site: Site) -> None:
    """Axe, the ruler and the ear on the console are not deaf: each finds a fault that is made for it."""
    who = person(browser, site)
    try:
        page = who.go("/sign-in")
        listen_to(page)
        assert judged(page) == sideways(page) == who.complaints == []
        page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
        page.evaluate(
            """() => {
              const fault = document.createElement('img');
              fault.src = '/static/yichuang/favicon.svg';
              fault.width = 900;
              document.querySelector('main').append(fault);
              const script = document.createElement('script');
              script.textContent = 'window.broken = true';
              document.body.append(script);
            }"""
        )
        assert [each.split()[1] for each in judged(page)] == ["image-alt"]
        assert "the page scrolls sideways" in sideways(page)
        assert any("Content Security Policy" in each for each in who.complaints)
        assert page.evaluate("window.broken") is None
        # Of many that are alike, the one that is not is judged too: by its own colour, or by what it stands on.
        page = who.go("/figures/definitions")
        listen_to(page)
        assert judged(page) == []
        for spoil in (
            "each.style.color = '#ddd'",
            "each.parentElement.style.background = each.style.color = '#555'",
        ):
            page.evaluate(
                "() => { const each = [...document.querySelectorAll('main [data-alike]')].filter("
                f"one => one.children.length === 0 && one.textContent.trim().length > 2).at(-1); {spoil}; }}"
            )
            assert [each.split()[1] for each in judged(page)] == ["color-contrast"]
    finally:
        who.context.close()
