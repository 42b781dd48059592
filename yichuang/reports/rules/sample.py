"""Sample words for the preview of a form: plainly fictional, one of everything."""

from datetime import date

from yichuang.reports.flow import INSPECTION_DEFAULT, SectionKind
from yichuang.reports.rules.content import Content, Imprint, Item, VisitEntry
from yichuang.reports.rules.form import FormSpec
from yichuang.reports.rules.wording import short_day

NEWS = (
    "示例厅窗口组织申报辅导，逐项讲解申请材料的要求，现场解答企业提出的问题。",
    "示例局梳理常见补正情形，更新办事指南中的材料填报说明。",
)


def sample_content(form: FormSpec, last_day: date) -> Content:
    """Two items under every heading for news, one visit, one result under every heading of the inspection."""
    items = {
        spec.key: tuple(Item(f"{spec.key}-{place}", words) for place, words in enumerate(NEWS))
        for spec in form.of_kind(SectionKind.NEWS)
    }
    visit = VisitEntry(
        "sample", last_day, short_day(last_day), "张示例", "副厅长", "示例厅", "查看了窗口办件记录。"
    )
    inspection = {row.key: INSPECTION_DEFAULT for row in form.inspection_on(last_day)}
    return Content(items, (visit,), inspection, Imprint(form.distribution, form.copies))
