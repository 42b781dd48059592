"""The living style guide: every part of the pages in every state, light and dark, for staff and applicants."""

from dataclasses import dataclass
from datetime import timedelta

import segno
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from yichuang.directory.flow import Capability
from yichuang.kernel.web import Request, needs

Chip = tuple[str, str, bool]
THEMES = {"": "随系统", "light": "浅色", "dark": "深色"}
FRAMES = {"desk": "工作台", "public": "公众", "elder": "长辈版", "wall": "大屏"}


@dataclass(frozen=True)
class Look:
    """How the guide shows itself: a theme ("" follows the machine) and a density."""

    theme: str = ""
    density: str = "desk"

    @property
    def frame(self) -> str:
        """The class of the page; the elder mode is a public page with larger words."""
        return "public elder" if self.density == "elder" else self.density

    @property
    def themes(self) -> list[Chip]:
        """Switches of the theme, keeping the density."""
        return [
            (label, "?" + urlencode({"theme": theme, "density": self.density}), theme == self.theme)
            for theme, label in THEMES.items()
        ]

    @property
    def frames(self) -> list[Chip]:
        """Switches of the density, keeping the theme."""
        return [
            (label, "?" + urlencode({"theme": self.theme, "density": density}), density == self.density)
            for density, label in FRAMES.items()
        ]


def look_of(theme: str, density: str) -> Look:
    """The look asked for in an address; unknown words fall back to the ordinary one."""
    return Look(theme if theme in THEMES else "", density if density in FRAMES else "desk")


@needs(Capability.PARTS_READ)
@require_safe
def parts(request: Request) -> HttpResponse:
    """Every part in every state; the page on which accessibility and pictures are checked first."""
    context = {
        "look": look_of(request.GET.get("theme", ""), request.GET.get("density", "")),
        "moments": [request.at - timedelta(days=days) for days in range(4)],
        "qr": segno.make(request.build_absolute_uri("/follow"), error="m").svg_data_uri(border=0),
    }
    return render(request, "home/parts_page.html", context)


urlpatterns: list[URLPattern] = [path("desk/parts", parts, name="parts")]
