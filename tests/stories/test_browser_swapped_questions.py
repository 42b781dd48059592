"""A slow server answers with new questions while somebody goes on typing: nothing typed is lost."""

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser import ROOT, needs_chromium

pytestmark = [pytest.mark.browser, needs_chromium]

SCRIPT = ROOT / "yichuang" / "home" / "static" / "yichuang" / "app.js"
HTMX = ROOT / "var" / "assets" / "public" / "vendor" / "htmx.min.js"


def questions(more: str = "", kind: str = "", agent: str = "") -> str:
    """Two questions that others hang on, and one of plain text."""

    def radio(name: str, value: str, chosen: str) -> str:
        mark = " checked" if value == chosen else ""
        return f'<input type="radio" name="{name}" value="{value}" id="f-{name}-{value}"{mark}>'

    asking = 'hx-post="/asked" hx-trigger="change" hx-target="#questions" hx-swap="outerHTML" hx-include="closest form"'
    return (
        f'<div id="questions"><div {asking}>{radio("kind", "a", kind)}{radio("kind", "b", kind)}</div>'
        f"<div {asking}>{radio('agent', 'yes', agent)}{radio('agent', 'no', agent)}</div>"
        f'<textarea id="f-reason" name="reason"></textarea>{more}</div>'
    )


def test_what_is_typed_while_the_server_answers_stays(browser: Browser) -> None:
    assets = {"/app.js": SCRIPT.read_text(encoding="utf-8"), "/htmx.js": HTMX.read_text(encoding="utf-8")}
    held: list[Route] = []

    def serve(route: Route) -> None:
        path = route.request.url.removeprefix("http://example.test")
        if path == "/asked":
            held.append(route)
        elif path in assets:
            route.fulfill(body=assets[path], content_type="text/javascript")
        else:
            scripts = '<script src="/htmx.js" defer></script><script src="/app.js" defer></script>'
            form = f'<form method="post">{questions()}</form>'
            route.fulfill(body=f"<!doctype html>{scripts}{form}", content_type="text/html; charset=utf-8")

    page = browser.new_page()
    page.route("**/*", serve)
    page.goto("http://example.test/")
    with page.expect_request("**/asked"):
        page.locator("#f-kind-a").check()
    page.locator("#f-reason").fill("服务器回答以前写下的话")
    with page.expect_request("**/asked"):
        page.locator("#f-agent-yes").check()
    with page.expect_request("**/asked") as again:
        held[0].fulfill(body=questions(kind="a"), content_type="text/html; charset=utf-8")
    assert "agent=yes" in (again.value.post_data or "")
    expect(page.locator("#f-reason")).to_have_value("服务器回答以前写下的话")
    expect(page.locator("#f-agent-yes")).to_be_checked()
    page.locator("#f-reason").fill("又补了一句")
    more = '<input id="f-agent_name" name="agent_name">'
    held[-1].fulfill(body=questions(more, kind="a", agent="yes"), content_type="text/html; charset=utf-8")
    expect(page.locator("#f-agent_name")).to_be_visible()
    expect(page.locator("#f-reason")).to_have_value("又补了一句")
    expect(page.locator("#f-kind-a")).to_be_checked()
    page.close()
