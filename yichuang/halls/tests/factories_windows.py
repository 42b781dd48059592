"""A hall for tests: windows, a clerk who sits at one, a department that receives."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from yichuang.catalogue.models import Item
from yichuang.catalogue.tests import factories as catalogue
from yichuang.catalogue.tests.factories import departments
from yichuang.directory.flow import Capability
from yichuang.directory.models import Department
from yichuang.directory.tests import factories as people
from yichuang.directory.tests.factories import account_of
from yichuang.halls.commands.acts import NewAct
from yichuang.halls.commands.acts_given import IssueForm
from yichuang.halls.commands.windows import WindowForm, choose_seat, save_window
from yichuang.halls.flow.windows import ActKind
from yichuang.halls.models import Window
from yichuang.intake.tests import factories as intake
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.times import SHANGHAI

# A Monday.
AT = datetime(2022, 5, 16, 10, 0, tzinfo=SHANGHAI)
WATER = intake.WATER
CLERK = [*people.CLERK, Capability.CASE_APPLY, Capability.WINDOW_ACT]
DIGEST = "0" * 64


def key() -> str:
    """A fresh client key."""
    return uuid4().hex


def water() -> Department:
    """The department that the window works for."""
    return departments()["water"]


def industry() -> Department:
    """Another one."""
    return departments()["industry"]


def window(code: str = "A01", **changes: object) -> Window:
    """A window of the hall."""
    known = Window.objects.filter(code=code).first()
    form = WindowForm(code, "综合窗口")
    return known or save_window(replace(form, **changes), by=SYSTEM, at=AT, key=key())  # type: ignore[arg-type]


def clerk(username: str = "sitter", *, seated: bool = True) -> Actor:
    """A clerk of the one-stop window who has chosen the window A01 today."""
    office = departments()["centre_window"]
    by = people.staff(username, people.post(office, "综窗", CLERK, everywhere=True))
    if seated:
        choose_seat(window().pk, by=by, at=AT)
    return by


def manager() -> Actor:
    """Who manages the windows and corrects what others entered."""
    office = departments()["centre_window"]
    capabilities = [Capability.WINDOW_MANAGE, Capability.WINDOW_ACT]
    return people.staff("manager", people.post(office, "综窗协调", capabilities, everywhere=True))


def receiver(department: Department | None = None, username: str = "receiver") -> Actor:
    """Somebody of a department who receives what the window hands over."""
    where = department or water()
    return people.staff(username, people.post(where, "审查岗", people.REVIEWER))


def reader() -> Actor:
    """Somebody who reads figures and nothing else."""
    office = departments()["centre_window"]
    return people.staff("reader", people.post(office, "统计", [Capability.FIGURES_READ], everywhere=True))


def departmental() -> Actor:
    """A clerk of a department's own window."""
    return people.staff("own", people.post(industry(), "部门窗口", [Capability.WINDOW_ACT]))


def consulted(**changes: object) -> NewAct:
    """A consultation."""
    new = NewAct(
        ActKind.CONSULTED, water().pk, way="present", topic="延续要多久？", answer="三十五个工作日。"
    )
    return replace(new, **changes)  # type: ignore[arg-type]


def handed(*numbers: str, **changes: object) -> NewAct:
    """A hand-over of some numbers."""
    listed = numbers or ("SL-1", "SL-2", "SL-3")
    new = NewAct(ActKind.HANDED_OVER, water().pk, numbers=listed, quantity=len(listed))
    return replace(new, **changes)  # type: ignore[arg-type]


def given(**changes: object) -> NewAct:
    """A certificate of a case decided elsewhere."""
    return replace(NewAct(ActKind.ISSUED, water().pk, numbers=("SL-9",)), **changes)  # type: ignore[arg-type]


def signed(**changes: object) -> IssueForm:
    """Given against a signature."""
    form = IssueForm(
        "取水许可证", "示例科技有限公司 张示例", "510100199001010013", signed_as="张示例",
        signature_sha256=DIGEST, signature_kind="png",
    )  # fmt: skip
    return replace(form, **changes)  # type: ignore[arg-type]


def offered(*, open_: bool = True) -> Item:
    """取水许可, published; authorised for the window where `open_`."""
    return intake.offer().item if open_ else catalogue.published().item


def browser(by: Actor) -> Client:
    """A browser signed in."""
    client = Client()
    client.force_login(account_of(by), backend="django.contrib.auth.backends.ModelBackend")
    return client


def read(client: Client, name: str, /, *args: object, query: str = "", status: int = 200) -> str:
    """A page as text."""
    response = client.get(reverse(name, args=args) + query)
    assert response.status_code == status, response.content.decode()[:2000]
    return response.content.decode()


def send(client: Client, name: str, /, *args: object, status: int = 302, **given: Any) -> HttpResponse:
    """A form, with a key of its own unless one is given."""
    response = client.post(reverse(name, args=args), {"client_key": key(), **given})
    assert response.status_code == status, response.content.decode()[:2000]
    return response  # type: ignore[return-value]
