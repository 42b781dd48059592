"""The editor's bench tells what waits; registers are asked once; changed sources leave facts; photos lose their place."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from yichuang.gateways.files import FileStore
from yichuang.halls.tests.factories_rounds import GPS, jpeg
from yichuang.journal.queries import facts_of
from yichuang.programmes.queries import campaigns
from yichuang.programmes.tests import factories as programmes
from yichuang.reports import commands, queries
from yichuang.reports.commands import NewComment
from yichuang.reports.flow import Action, State
from yichuang.reports.models import Contribution, ContributionDraft, FigureField, Report
from yichuang.reports.pages.suggestions import ON_THE_BENCH
from yichuang.reports.rules.figure_fields import Binding, numbers_in
from yichuang.reports.tests import factories as make
from yichuang.reports.tests import factories_newsroom as news
from yichuang.reports.tests.test_pages_desk import address, as_
from yichuang.reports.tests.test_pages_newsroom import CONTRIBUTE, form, page_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def register(monkeypatch: pytest.MonkeyPatch) -> news.Register:
    return news.installed(monkeypatch)


@pytest.fixture
def desk(client: Client) -> Client:
    """The editor's browser."""
    return as_(client, make.editor())


def bench(client: Client, report: Report) -> str:
    return page_of(client.get(address(report)))


def remark(report: Report, body: str = "请核对。", section: str = "efficiency") -> Any:
    return commands.comment(
        report.pk, NewComment(section, body), by=make.reviewer(), at=make.AT, key=uuid4().hex
    )


# The bench.


def test_what_waits_stands_under_the_outline(desk: Client) -> None:
    report = make.written(make.opened(), "群众满意,办事方便。")
    remark(report)
    page = bench(desk, report)
    for name in ("numbers", "checks", "comments", "changes", "versions"):
        assert f'href="{address(report, f"desk-report-{name}")}"' in page
    assert "○ 差错 1" in page
    assert "○ 1 条未解决" in page


def test_open_comments_are_told_at_submitting_and_block_nothing(desk: Client) -> None:
    report = make.moved(make.written(make.opened(), "甲。"), Action.START_EDITING)
    for number in range(6):
        remark(report, f"第{number}条意见。")
    page = bench(desk, report)
    step = page[page.index("送审后内容不能修改") : page.index("确认送审")]
    assert "6 条批注" in step
    assert step.count("条意见。") == 5
    assert make.moved(report, Action.SUBMIT).state == State.IN_REVIEW


def test_a_settled_comment_is_told_no_more(desk: Client) -> None:
    report = make.moved(make.written(make.opened(), "甲。"), Action.START_EDITING)
    commands.resolve_comment(report.pk, remark(report), by=make.editor(), at=make.AT)
    page = bench(desk, report)
    assert "没有未解决的" in page
    assert "条批注" not in page


def test_a_held_section_is_marked_for_others_and_for_its_holder(client: Client) -> None:
    report = make.opened()
    as_(client, make.editor("first"))
    client.get(address(report, "desk-report-section", "efficiency"))
    assert "✎ 您正在编辑" in bench(client, report)
    as_(client, make.editor("second"))
    page = bench(client, report)
    assert page.count("正在编辑</span>") == 1
    assert "✎ 您" not in page


def test_an_issue_leads_to_its_corrections_and_to_its_check(desk: Client) -> None:
    report = make.issued()
    page = bench(desk, report)
    assert address(report, "desk-report-errata") in page
    assert reverse("report-verify", args=[report.slug]) in page
    assert "download.ofd" in page
    assert address(report, "desk-report-checks") not in page


def test_who_only_contributes_is_led_to_nothing_that_is_refused(client: Client) -> None:
    report = make.issued()
    as_(client, make.contributor())
    page = bench(client, report)
    for name in ("comments", "changes", "versions", "errata"):
        assert address(report, f"desk-report-{name}") not in page


# Registers.


def many(count: int, register_name: str = "x", **changes: Any) -> list[Any]:
    return [
        news.offer(f"第{n}条，指导企业12家。", key=f"{register_name}:{n}", strength=n, **changes)
        for n in range(count)
    ]


def test_a_page_asks_every_register_once(desk: Client, register: news.Register) -> None:
    register.rows = [news.offer()]
    report = make.opened()
    commands.take_offer(
        report.pk, "guiding:1", "efficiency", news.DAYS, seen=1, by=make.editor(), at=make.AT, key="k" * 8
    )
    for page in ("desk-report", "desk-report-suggestions"):
        register.asked.clear()
        assert desk.get(address(report, page)).status_code == 200
        assert register.asked == [news.DAYS], page


def test_what_was_collected_for_one_page_is_not_kept_for_the_next(register: news.Register) -> None:
    register.rows = [news.offer()]
    with queries.collected_once():
        assert len(queries.offers_between(*news.DAYS)) == 1
        register.rows = []
        assert len(queries.offers_between(*news.DAYS)) == 1
    assert queries.offers_between(*news.DAYS) == []


def test_the_strongest_sentences_come_first_and_the_bench_shows_few(
    desk: Client, register: news.Register
) -> None:
    register.rows = many(9)
    report = make.opened()
    assert [each.strength for each in queries.offers_between(*news.DAYS)] == list(range(8, -1, -1))
    page = bench(desk, report)
    assert page.count("采用这一句") == ON_THE_BENCH
    assert "第8条" in page
    assert "第0条" not in page
    everything = page_of(desk.get(address(report, "desk-report-suggestions")))
    assert everything.count("采用这一句") == 9


def test_a_register_with_more_than_a_page_comes_after_the_others(
    desk: Client, register: news.Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    register.rows = many(21)
    short = [news.offer("只有这一句12家。", key="short:1")]
    providers = {"长": register, "短": lambda first, last: short}
    monkeypatch.setattr("yichuang.reports.queries.offers.PROVIDERS", providers)
    page = page_of(desk.get(address(make.opened(), "desk-report-suggestions")))
    assert page.index("只有这一句") < page.index("第20条")


# Sources of numbers.


def sources(report: Report) -> list[tuple[str, str]]:
    return [
        (fact.kind, fact.ground or "")
        for fact in facts_of(report.pk)
        if fact.kind in ("report.number_rebound", "report.number_unbound")
    ]


def test_another_source_leaves_a_fact_that_tells_both() -> None:
    report = make.written(make.opened(), "受理36件。")
    news.bind(report)
    news.bind(report)
    assert sources(report) == []
    news.bind(report, source="水利厅更正的台账")
    assert sources(report) == [
        (
            "report.number_rebound",
            "「36」由手工填写（水利厅台账，截至2022-05-13）改为手工填写（水利厅更正的台账，截至2022-05-13）",
        )
    ]
    (number,) = news.placed(report)
    place = commands.Place(number.item_id, number.ordinal, number.number.printed)
    for _ in range(2):
        commands.unbind_number(report.pk, place, by=make.editor(), at=make.AT)
    assert sources(report)[1:] == [
        ("report.number_unbound", "「36」原为手工填写（水利厅更正的台账，截至2022-05-13）")
    ]
    assert FigureField.objects.get().kind == Binding.UNBOUND


# Photos.


def picture(name: str = "现场.jpg", **changes: Any) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, jpeg(**changes), content_type="image/jpeg")


def store() -> FileStore:
    return FileStore(settings.FILES_DIR)


@pytest.fixture
def department(client: Client) -> Client:
    """The contributor's browser."""
    return as_(client, make.contributor())


def test_a_photo_is_kept_without_its_place(department: Client) -> None:
    assert GPS in jpeg()
    department.post(CONTRIBUTE, form(make.opened(), photos=[picture()]))
    kept = Contribution.objects.get().photos.get()
    data = store().read(kept.sha256)
    assert GPS not in data
    assert data.startswith(b"\xff\xd8")
    assert kept.size == len(data)


def test_a_broken_photo_is_refused_in_words(department: Client) -> None:
    broken = SimpleUploadedFile("a.png", news.png()[:-20], content_type="image/png")
    answer = department.post(CONTRIBUTE, form(make.opened(), photos=[broken]))
    assert answer.status_code == 422
    assert not Contribution.objects.exists()


def drafted(client: Client, report: Report, **changes: Any) -> ContributionDraft:
    client.post(CONTRIBUTE, form(report, act="save", photos=[picture(**changes)]))
    return ContributionDraft.objects.order_by("-at", "-id")[0]


def digest(draft: ContributionDraft) -> str:
    return str(draft.data["photos"][0]["sha256"])


def test_the_files_of_a_discarded_draft_are_gone(department: Client) -> None:
    draft = drafted(department, make.opened(), turn=3)
    assert store().has(digest(draft))
    department.post(reverse("desk-report-contribute-discard", args=[draft.pk]))
    assert not store().has(digest(draft))


def test_a_photo_taken_out_of_a_draft_is_gone(department: Client) -> None:
    report = make.opened()
    draft = drafted(department, report, turn=4)
    department.post(CONTRIBUTE, form(report, act="remove:0", draft=str(draft.pk)))
    assert not store().has(digest(draft))


def test_a_file_that_something_else_keeps_stays(department: Client) -> None:
    report = make.opened()
    first, second = drafted(department, report, turn=5), drafted(department, report, turn=5)
    assert digest(first) == digest(second)
    assert first.pk != second.pk
    department.post(reverse("desk-report-contribute-discard", args=[first.pk]))
    assert store().has(digest(first))
    department.post(CONTRIBUTE, form(report, draft=str(second.pk)))
    third = drafted(department, report, turn=5)
    department.post(reverse("desk-report-contribute-discard", args=[third.pk]))
    assert not ContributionDraft.objects.exists()
    assert store().has(digest(first))
    assert queries.file_is_kept(digest(first))


def test_the_editor_sees_the_photos_beside_the_item(desk: Client) -> None:
    report = make.opened()
    photo = commands.NewPhoto(**news.stored_photo() | {"caption": "核查现场"})
    sent = make.contribution(report, photos=(photo,))
    shown = reverse("desk-report-photo", args=[sent, 0])
    assert shown in bench(desk, report)
    commands.take_contribution(report.pk, sent, "efficiency", seen=1, by=make.editor(), at=make.AT)
    page = page_of(desk.get(address(report, "desk-report-section", "efficiency")))
    assert shown in page
    assert "核查现场" in page
    assert desk.get(shown).status_code == 200


# What registers say, read by the newsroom's own eye for numbers.


@pytest.mark.parametrize(
    "deadline", [make.LAST - make.timedelta(days=3), date(2022, 5, 31)], ids=["past", "open"]
)
@pytest.mark.parametrize("hands", [(), (10,), (10, 5), (500,)], ids=str)
def test_no_number_of_a_campaign_comes_without_its_figure(deadline: date, hands: tuple[int, ...]) -> None:
    campaign = programmes.campaign(target="500", deadline=deadline, starts_on=date(2022, 4, 20))
    filer = programmes.filer(campaign, 0, name="示例广电公司")
    for place, count in enumerate(hands):
        programmes.by_hand(filer, make.LAST - make.timedelta(days=1 + 14 * place), count)
    (offer,) = campaigns.offers(*news.DAYS)
    left = [(figure.printed, Decimal(figure.value)) for figure in offer.figures]
    for number in numbers_in(offer.text):
        fits = [each for each in left if each[0] == number.printed or each[1] == number.value]
        assert fits, (number.printed, offer.text)
        left.remove(fits[0])
    assert len({(figure.code) for figure in offer.figures}) == len(offer.figures)
