"""Who opens a page in these tests, and what is read off it."""

import re
from typing import Any

from django.test import Client
from django.utils.html import strip_tags

from yichuang.cases.queries import CaseRow
from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.kernel.actor import Actor

BACKEND = "django.contrib.auth.backends.ModelBackend"


def browser(by: Actor | None = None) -> Client:
    """A browser, signed in where an actor is given."""
    client = Client()
    if by is not None:
        client.force_login(people.account_of(by), backend=BACKEND)
    return client


def holder(*capabilities: Capability, everywhere: bool = True) -> Actor:
    """Somebody of the centre's office who holds exactly these."""
    name = "-".join(str(c) for c in capabilities)
    post = people.post(
        people.department("示例处", "903", ""), name, list(capabilities), everywhere=everywhere
    )
    return people.staff(name[:60], post)


def other_department() -> Actor:
    """A reviewer of a department that has nothing to do with the case."""
    return people.reviewer(people.department("商务厅", "121", "川商"), "reviewer.commerce")


def page_of(row: CaseRow) -> str:
    """The address of the case page."""
    return f"/desk/cases/{row.id}"


def text(response: Any) -> str:
    """What is to be read on a page, in one line."""
    return " ".join(strip_tags(response.content.decode().replace("<", " <")).split())


def offered(response: Any) -> list[str]:
    """The actions that the case page offers, in their order."""
    return re.findall(r'action="/desk/cases/[0-9a-f-]+/([a-z_]+)"', response.content.decode())


def primary(response: Any) -> list[str]:
    """The primary buttons that are seen before anything is opened."""
    seen = re.sub(r'<div class="confirm-body">.*?</details>', "", response.content.decode(), flags=re.DOTALL)
    return re.findall(r'class="btn btn-primary"[^>]*>([^<]+)<', seen)


def ids(response: Any) -> set[str]:
    """Every id on the page. An id that stands twice fails: a link could lead to only one of them."""
    found = re.findall(r'\bid="([^"]+)"', response.content.decode())
    assert len(found) == len(set(found)), sorted({one for one in found if found.count(one) > 1})
    return set(found)


def fault_links(response: Any) -> list[str]:
    """Where the links of the error summary lead."""
    summary = re.search(r'<div class="error-summary".*?</div>', response.content.decode(), re.DOTALL)
    return re.findall(r'href="#([^"]+)"', summary.group(0)) if summary else []
