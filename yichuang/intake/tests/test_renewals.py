"""A renewal tells the case when its licence runs out: by the guide's own field, where that is a day."""

from datetime import date, timedelta

import pytest

from yichuang.cases import rules
from yichuang.cases.commands import lapse
from yichuang.cases.flow import Channel
from yichuang.cases.queries import CaseRow, load
from yichuang.catalogue.rules.guide import materials_for
from yichuang.intake import commands, queries
from yichuang.intake.commands.filing import expiry
from yichuang.intake.flow import ALL_SECTIONS
from yichuang.intake.rules import drafting
from yichuang.intake.tests import factories as make
from yichuang.intake.tests.test_all_guides import TODAY, begun, filled
from yichuang.kernel.times import local_day


@pytest.mark.parametrize(
    ("answer", "day"),
    [
        ("2026-12-31", date(2026, 12, 31)),
        ("", None),
        (None, None),
        ("长期", None),
        (20261231, date(2026, 12, 31)),
        ("0001-01-01", None),
        ("2150-01-01", None),
    ],
)
def test_only_a_day_that_can_be_counted_by_is_taken(answer: object, day: date | None) -> None:
    assert expiry(answer) == day


def renewed(expires_on: date) -> CaseRow:
    """The packaged renewal of a radio licence, filed at the window."""
    clerk = make.window_clerk()
    guide, draft = begun("radio-station-renewal.json", clerk, Channel.WINDOW, make.company().pk)
    answers = filled(guide.form, queries.own_draft(draft.pk, by=clerk).answers)
    answers[guide.handling.renews_field] = str(expires_on)
    commands.save_section(draft.pk, ALL_SECTIONS, answers, 1, by=clerk, at=make.AT)
    codes = [one.code for one in materials_for(guide, answers) if drafting.is_required(one)]
    commands.receive_papers(draft.pk, codes, by=clerk, at=make.AT)
    row = load(commands.file_draft(draft.pk, key=make.key(), by=clerk, at=make.AT).case_id)
    assert row is not None
    return row


@pytest.mark.django_db
def test_the_packaged_renewal_is_counted_by_the_radio_law() -> None:
    row = renewed(TODAY + timedelta(days=120))
    assert row.renews_expires_on == TODAY + timedelta(days=120)
    assert row.renewal is not None
    assert (row.renewal.rule.code, row.limit_rule.code, row.renewal.in_time) == ("radio33", "radio31", True)
    assert row.limit_rule.days == row.statutory_days
    after = make.AT + timedelta(days=121)
    assert lapse(at=after).granted == 1
    decided = load(row.id)
    assert decided is not None
    assert (decided.state, decided.decided_on) == ("decided", local_day(after))


@pytest.mark.django_db
def test_asked_for_too_late_nothing_is_deemed() -> None:
    row = renewed(TODAY + timedelta(days=20))
    assert row.renewal is not None
    assert not row.renewal.in_time
    assert row.renewal.rule.counting.value == "working_days"
    assert lapse(at=make.AT + timedelta(days=21)).granted == 0
    assert rules.renewal_rule("art42").code == "art50"
