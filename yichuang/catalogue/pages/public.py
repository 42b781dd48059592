"""What applicants read: finding an item, and its guide."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from yichuang.catalogue import queries
from yichuang.catalogue.flow import Audience, item_type_label
from yichuang.catalogue.models import Item
from yichuang.catalogue.pages.guide_view import view_of
from yichuang.catalogue.queries.authorisations_delegations import delegations_in_force
from yichuang.catalogue.queries.lines import PROVINCE
from yichuang.kernel.errors import Missing
from yichuang.kernel.keys import parse_uuid
from yichuang.kernel.times import local_day
from yichuang.kernel.web import Request, clean_text, public

# The two doors of the front page; what is for neither persons nor companies alone stands behind both.
AUDIENCES = {
    "person": ("个人", (Audience.PERSON,)),
    "company": ("企业和其他单位", tuple(one for one in Audience if one is not Audience.PERSON)),
}
LEVELS = (("province", "省级"),)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    text: str
    item_type: str
    department: UUID | None
    level: str
    audience: str
    after: str

    @property
    def narrowed(self) -> bool:
        """Whether anything but words narrows the list."""
        return bool(self.item_type or self.department or self.level or self.audience)

    def address(self, **changes: str) -> str:
        """The address of the same list with something changed; a changed list starts at its first page."""
        kept = {
            "q": self.text,
            "type": self.item_type,
            "department": str(self.department or ""),
            "level": self.level,
            "audience": self.audience,
            **changes,
        }
        query = urlencode({name: value for name, value in kept.items() if value})
        return f"{reverse('items')}?{query}" if query else reverse("items")


def _asked(request: Request) -> Asked:
    level, audience = request.GET.get("level", ""), request.GET.get("audience", "")
    return Asked(
        text=clean_text(request.GET.get("q", ""), limit=200),
        item_type=clean_text(request.GET.get("type", ""), limit=2),
        department=parse_uuid(request.GET.get("department", "")),
        level=level if level in dict(LEVELS) else "",
        audience=audience if audience in AUDIENCES else "",
        after=request.GET.get("after", "")[:500],
    )


@public
@require_GET
def items(request: Request) -> HttpResponse:
    """Search results, best first; without words every item."""
    asked = _asked(request)
    found = queries.search(
        asked.text,
        region=PROVINCE if asked.level else None,
        department=asked.department,
        item_type=asked.item_type or None,
        audience=AUDIENCES[asked.audience][1] if asked.audience else None,
        after=asked.after,
    )
    context: dict[str, Any] = {
        "asked": asked,
        "found": found,
        "nearby": [] if found.rows or not asked.text else queries.nearby(asked.text),
        "departments": [(str(row[0]), f"{row[1]}（{row[2]}）") for row in queries.departments_with_items()],
        "types": [(one, item_type_label(one)) for one in queries.item_types()],
        "levels": LEVELS,
        "audiences": [(key, label) for key, (label, _) in AUDIENCES.items()],
        "following": asked.address(after=found.following) if found.following else "",
        "first": "" if found.is_first else asked.address(),
    }
    return render(request, "catalogue/items.html", context)


@public
@require_GET
def item(request: Request, code: str) -> HttpResponse:
    """The guide of an item; of an item without one, what is known of it."""
    found = queries.item(code)
    if found is None:
        raise Missing("没有找到这个事项。", how="请核对事项编码，或者到“找事项”重新查找。")
    if found.code != code:
        return HttpResponsePermanentRedirect(reverse("item", args=[found.code]))
    version = queries.current_version(found)
    elsewhere = delegations_in_force(found, local_day(request.at))
    if version is None:
        context = {"item": found, "known": _known(found), "elsewhere": elsewhere}
        return render(request, "catalogue/bare_item.html", context)
    guide = queries.guide_of(version)
    context = {
        "item": found,
        "version": version,
        "guide": guide,
        "view": view_of(guide),
        "elsewhere": elsewhere,
    }
    return render(request, "catalogue/guide.html", context)


def _known(item: Item) -> list[dict[str, str]]:
    """What a list says of an item, as far as it means something to an applicant."""
    listed = str(item.source.get("department_label", ""))
    rows = [
        ("事项名称", item.name),
        ("主项名称", item.main_item),
        ("事项类型", item_type_label(item.item_type)),
        ("实施机关", item.department.name),
        ("清单所列部门", listed if listed != item.department.name else ""),
        ("区划", item.region.name),
        ("事项编码", item.code),
    ]
    return [{"key": name, "value": value} for name, value in rows if value]
