"""The forms in which reports are printed, as data: which headings tell a form, and where its parts stand."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class FigureSource:
    """A heading under which a form prints its figures; `type` names them where the sentence does not."""

    heading: re.Pattern[str]
    type: str | None = None


@dataclass(frozen=True)
class Form:
    """`requires`: patterns that headings must match. No `figures_under`: figures are read everywhere."""

    name: str
    requires: tuple[re.Pattern[str], ...]
    figures_under: tuple[FigureSource, ...] = ()

    def fits(self, headings: list[str]) -> bool:
        return all(any(pattern.search(heading) for heading in headings) for pattern in self.requires)

    def source(self, heading: str) -> FigureSource | None:
        """Where figures of this heading belong; None where the form reads none there."""
        if not self.figures_under:
            return FigureSource(re.compile(""))
        return next((each for each in self.figures_under if each.heading.search(heading)), None)


FORM_2022 = Form(
    "2022",
    (re.compile("政务服务事项受理办理情况$"), re.compile("窗口工作动态|大厅巡查情况")),
    (FigureSource(re.compile("政务服务事项受理办理情况$")),),
)
FORM_2023 = Form(
    "2023",
    (re.compile("政务工作动态|长进大厅|综窗改革"), re.compile("综窗.*办件情况|受理(?:工作)?手册.*情况")),
    (
        FigureSource(re.compile("综窗.*办件情况"), "综窗"),
        FigureSource(re.compile("受理(?:工作)?手册"), "受理手册"),
    ),
)
ANY_FORM = Form("other", ())
FORMS = (FORM_2022, FORM_2023, ANY_FORM)

DUTY_VISITS = re.compile(
    "长(?:走)?进(?:政务)?(?:服务)?大厅|领导(?:干部)?(?:窗口)?(?:值守|坐班|带班)|值守情况|进窗口"
)
INSPECTION = re.compile("巡查|巡检")


def form_of(headings: list[str]) -> Form:
    """The first form whose headings are all there; any other centre's report is read in full."""
    return next(form for form in FORMS if form.fits(headings))
