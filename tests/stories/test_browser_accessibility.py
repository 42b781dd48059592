"""Every kind of page, as everybody who may open it sees it: axe finds nothing, the phone does not scroll sideways."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser import LAPTOP, PHONE, Person, Site, person
from tests.stories.conftest import Demo
from tests.stories.samples import Samples

pytestmark = pytest.mark.browser

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
    states = {f"review-{state}": f"/desk/cases/{case}" for state, case in s.water.items() if state in ("review", "special")}
    return {"review-desk": "/desk", **states, "contribute": "/desk/reports/contribute", "reports-reviewer": "/desk/reports"}


def head(s: Samples) -> dict[str, str]:
    """The head's pages."""
    states = {f"decide-{state}": f"/desk/cases/{case}" for state, case in s.water.items() if state == "review"}
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


TOURS: dict[str, Tour] = {
    "": everybody, "company": company, "clerk": clerk, "reviewer.water": reviewer, "head.water": head,
    "report.editor": report_editor, "leader": leader, "auditor": auditor, "admin": admin,
}  # fmt: skip
ERRORS = {"missing": 404, "forbidden": 403}
DARK = {"": ("home", "guide", "figures"), "company": ("draft", "check"), "clerk": ("desk", "case-review"), "admin": ("parts",)}


@contextmanager
def someone(browser: Browser, site: Site, username: str, *, phone: bool, dark: bool = False) -> Iterator[Person]:
    """Somebody at a screen of one size, gone afterwards."""
    made = person(browser, site, size=PHONE if phone else LAPTOP, dark=dark, username=username)
    try:
        yield made
    finally:
        made.context.close()


def examine(who: Person, name: str, path: str) -> list[str]:
    """What is wrong with one page."""
    who.complaints.clear()
    answer = who.page.goto(who.site.address + path, wait_until="load")
    wrong = []
    if answer is None or answer.status != ERRORS.get(name, 200):
        wrong.append(f"status {answer.status if answer else 'none'}, now at {who.page.url}")
    for finding in AXE.run(who.page).response["violations"]:
        places = [node["target"] for node in finding["nodes"]][:4]
        wrong.append(f"axe {finding['id']} ({finding['impact']}): {finding['help']} at {places}")
    if who.page.locator("h1").count() != 1:
        wrong.append(f"{who.page.locator('h1').count()} h1")
    if len(who.page.title()) < 3:
        wrong.append(f"title {who.page.title()!r}")
    wide = sideways(who.page)
    if wide:
        wrong.append(f"scrolls sideways: {wide}")
    return [*wrong, *who.complaints]


def sideways(page: Page) -> list[str]:
    """The elements that reach beyond the right edge of a page that can be scrolled sideways; empty where it cannot."""
    found: list[str] = page.evaluate(
        """() => {
          const root = document.scrollingElement, width = root.clientWidth;
          if (root.scrollWidth <= width) return [];
          return [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > width + 1)
            .slice(0, 4).map(e => e.tagName + '.' + e.className + ' ' + e.textContent.trim().slice(0, 30)).concat(['page']);
        }"""
    )
    return found


def shoot(who: Person, name: str) -> None:
    """Keep a picture where a folder for pictures is given."""
    if SHOTS:
        who.page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def tour(browser: Browser, site: Site, demo: Demo, username: str, *, phone: bool, dark: bool = False) -> list[str]:
    """Everything that is wrong with the pages of one account on one screen."""
    pages = TOURS[username](demo.samples)
    chosen = {name: pages[name] for name in DARK[username] if name in pages} if dark else pages
    wrong = []
    with someone(browser, site, username, phone=phone, dark=dark) as who:
        for name, path in chosen.items():
            wrong += [f"{name} {path}: {each}" for each in examine(who, name, path)]
            shoot(who, f"{name}-{390 if phone else 1366}{'-dark' if dark else ''}")
    return wrong


@pytest.mark.parametrize("username", TOURS, ids=lambda name: name or "everybody")
def test_pages_on_a_phone(browser: Browser, site: Site, demo: Demo, username: str) -> None:
    found = tour(browser, site, demo, username, phone=True)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("username", TOURS, ids=lambda name: name or "everybody")
def test_pages_at_a_desk(browser: Browser, site: Site, demo: Demo, username: str) -> None:
    found = tour(browser, site, demo, username, phone=False)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("username", DARK, ids=lambda name: name or "everybody")
def test_pages_in_the_dark(browser: Browser, site: Site, demo: Demo, username: str) -> None:
    found = tour(browser, site, demo, username, phone=username in ("", "company"), dark=True)
    assert not found, "\n".join(found)
