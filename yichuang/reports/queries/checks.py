"""What stands against an issue: numbers that disagree with their source, totals that do not balance."""

from collections.abc import Mapping, Sequence

from yichuang.halls.queries.rounds import contradictions
from yichuang.reports.models import Report
from yichuang.reports.queries.numbers import PlacedNumber, disagreements
from yichuang.reports.rules.content import Content
from yichuang.reports.rules.document import Cited
from yichuang.statistics.queries import imbalances


def faults(
    report: Report, content: Content, placed: Sequence[PlacedNumber], figures: Mapping[str, Cited]
) -> dict[str, str]:
    """Everything that stops 签发, in words by what it is about: number.…, balance.…, inspection.…"""
    assert report.first_day is not None
    assert report.last_day is not None
    days = report.first_day, report.last_day
    found = {each.placed.code: each.words for each in disagreements(placed, figures)}
    for place, wrong in enumerate(imbalances(*days)):
        found[f"balance.{place}"] = f"{wrong.where}：{wrong.words}"
    return found | inspection_faults(report, content)


def inspection_faults(report: Report, content: Content) -> dict[str, str]:
    """Where 总体情况良好 is written although the register holds findings of the period."""
    assert report.first_day is not None
    assert report.last_day is not None
    if not content.inspection:
        return {}
    wrong = contradictions(report.first_day, report.last_day, content.inspection)
    headings = {row.key: row.heading for row in report.inspection.all()}
    # A hall whose rounds are not in the register yet has nothing that its report could contradict.
    return {
        f"inspection.{key}": f"{headings.get(key, key)}：{words}。"
        for key, words in wrong.items()
        if "起问题" in words
    }
