"""The newsroom's pages: the form that loses nothing, files and photos, numbers, suggestions, the bench."""

import re
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from yichuang.kernel import sql
from yichuang.reports import commands, queries
from yichuang.reports.flow import Action
from yichuang.reports.models import Contribution, ContributionDraft, FigureField, OfferUse, Report
from yichuang.reports.tests import factories as make
from yichuang.reports.tests import factories_newsroom as news
from yichuang.reports.tests.test_contribution_parts import docx
from yichuang.reports.tests.test_pages_desk import address, as_

pytestmark = pytest.mark.django_db
CONTRIBUTE = "/desk/reports/contribute"


@pytest.fixture(autouse=True)
def register(monkeypatch: pytest.MonkeyPatch) -> news.Register:
    found = news.installed(monkeypatch)
    found.rows = [news.offer()]
    return found


@pytest.fixture
def department(client: Client) -> Client:
    """The contributor's browser."""
    return as_(client, make.contributor())


@pytest.fixture
def desk(client: Client) -> Client:
    """The editor's browser."""
    return as_(client, make.editor())


def form(report: Report, **changes: Any) -> dict[str, Any]:
    given = {
        "report": str(report.pk), "section": "efficiency", "title": "题", "body": "上门指导企业12家。",
        "client_key": uuid4().hex, "figure-label-0": "上门指导", "figure-value-0": "12", "figure-unit-0": "家",
        "figure-as_of-0": "2022-05-13", "figure-source-0": "台账",
    }  # fmt: skip
    return given | changes


def page_of(answer: Any) -> str:
    return str(answer.content.decode())


def photo(name: str = "现场.png", data: bytes = b"") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data or news.png(), content_type="text/html")


def test_a_contribution_with_a_figure_and_a_photo_is_sent(department: Client) -> None:
    report = make.opened()
    assert department.post(CONTRIBUTE, form(report, photos=[photo()])).status_code == 302
    sent = Contribution.objects.get()
    (figure,), (kept,) = sent.figures.all(), sent.photos.all()
    assert (figure.label, figure.value, figure.source) == ("上门指导", Decimal(12), "台账")
    assert (kept.kind, kept.name) == ("png", "现场.png")
    page = page_of(department.get(reverse("desk-report-contribution", args=[sent.pk])))
    assert "台账" in page
    answer = department.get(reverse("desk-report-photo", args=[sent.pk, 0]))
    assert (answer["Content-Type"], answer.content) == ("image/png", news.png())
    assert (answer["X-Content-Type-Options"], "sandbox" in answer["Content-Security-Policy"]) == (
        "nosniff",
        True,
    )
    assert department.get(reverse("desk-report-photo", args=[sent.pk, 1])).status_code == 404


def test_what_was_wrong_is_said_and_nothing_typed_is_lost(department: Client) -> None:
    report = make.opened()
    wrong = {"figure-value-0": "许多", "figure-as_of-0": "昨天", "happened_on": "xx", "photos": [photo()]}
    answer = department.post(CONTRIBUTE, form(report, **wrong))
    page = page_of(answer)
    assert answer.status_code == 422
    for words in (
        "许多",
        "上门指导企业12家。",
        "请填写数字，例如：36 或 64.29",
        'href="#f-figure-value-0"',
        "台账",
    ):
        assert words in page
    draft = ContributionDraft.objects.get()
    assert f'name="draft" value="{draft.pk}"' in page
    assert len(draft.data["photos"]) == 1
    answer = department.post(CONTRIBUTE, form(report, draft=str(draft.pk), **{"caption-0": "核查现场"}))
    assert answer.status_code == 302
    assert [row.caption for row in Contribution.objects.get().photos.all()] == ["核查现场"]
    assert not ContributionDraft.objects.exists()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.svg", b"<svg xmlns='x'><script/></svg>", "SVG"), ("a.png", b"<html>", "网页"), ("a.jpg", news.png(), "后缀"),
        ("a.docx", docx("甲"), "这不是照片"), ("a.png", news.png(25_000, 1), "像素"),
    ],
    ids=range(5),
)  # fmt: skip
def test_only_photos_are_taken_as_photos(department: Client, name: str, data: bytes, words: str) -> None:
    answer = department.post(CONTRIBUTE, form(make.opened(), photos=[photo(name, data), photo()]))
    assert answer.status_code == 422
    assert words in page_of(answer)
    assert not Contribution.objects.exists()
    assert len(ContributionDraft.objects.get().data["photos"]) == 1


def test_no_photo_comes_in_by_its_hash_alone(department: Client) -> None:
    stolen = {"photos": '[{"sha256": "' + "a" * 64 + '"}]', "sha256": "a" * 64, "photo-sha256-0": "a" * 64}
    department.post(CONTRIBUTE, form(make.opened(), **stolen))
    assert Contribution.objects.get().photos.count() == 0


def test_a_draft_is_kept_opened_and_a_photo_of_it_removed(department: Client) -> None:
    report = make.opened()
    answer = department.post(CONTRIBUTE, form(report, act="save", title="", photos=[photo()]))
    draft = ContributionDraft.objects.get()
    assert answer["Location"].startswith(f"{CONTRIBUTE}?draft={draft.pk}")
    page = page_of(department.get(f"{CONTRIBUTE}?draft={draft.pk}"))
    assert "（未写标题）" in page
    assert reverse("desk-report-draft-photo", args=[draft.pk, 0]) in page
    assert department.get(reverse("desk-report-draft-photo", args=[draft.pk, 0])).status_code == 200
    assert department.get(reverse("desk-report-draft-photo", args=[draft.pk, 1])).status_code == 404
    department.post(CONTRIBUTE, form(report, act="remove:0", draft=str(draft.pk)))
    assert ContributionDraft.objects.get().data["photos"] == []
    department.post(reverse("desk-report-contribute-discard", args=[draft.pk]))
    assert department.get(f"{CONTRIBUTE}?draft={draft.pk}").status_code == 404


def test_a_colleagues_draft_is_not_opened(client: Client) -> None:
    as_(client, make.contributor())
    client.post(CONTRIBUTE, form(make.opened(), act="save", photos=[photo()]))
    draft = ContributionDraft.objects.get()
    as_(client, make.contributor("colleague"))
    assert client.get(f"{CONTRIBUTE}?draft={draft.pk}").status_code == 404
    assert client.get(reverse("desk-report-draft-photo", args=[draft.pk, 0])).status_code == 404
    assert client.post(reverse("desk-report-contribute-discard", args=[draft.pk])).status_code == 404
    assert (
        client.post(CONTRIBUTE, form(make.opened(make.LAST, make.LAST), draft=str(draft.pk))).status_code
        == 404
    )
    assert not Contribution.objects.exists()


@pytest.mark.parametrize("way", ["docx", "txt", "paste"])
def test_a_text_is_read_in_and_shown_for_confirmation(department: Client, way: str) -> None:
    make.opened()
    given: dict[str, Any] = {"client_key": uuid4().hex}
    if way == "paste":
        given["pasted"] = "# 水利厅开展辅导\n\n近日，**水利厅**上门指导企业12家。"
    else:
        data = docx("水利厅开展辅导", "近日，水利厅上门指导企业12家。")
        text = "水利厅开展辅导\n近日，水利厅上门指导企业12家。".encode("gb18030")
        given["file"] = SimpleUploadedFile(f"a.{way}", data if way == "docx" else text)
    answer = department.post(reverse("desk-report-contribute-read"), given)
    page = page_of(department.get(answer["Location"].partition("#")[0]))
    assert 'value="水利厅开展辅导"' in page
    assert "近日，水利厅上门指导企业12家。</textarea>" in page
    assert not Contribution.objects.exists()


def test_a_file_that_is_no_text_is_refused_and_the_paste_kept(department: Client) -> None:
    make.opened()
    answer = department.post(
        reverse("desk-report-contribute-read"),
        {"client_key": uuid4().hex, "file": SimpleUploadedFile("a.docx", b"MZ"), "pasted": "粘贴的文字"},
    )
    assert answer.status_code == 422
    assert "Windows 程序" in page_of(answer)
    assert "粘贴的文字" in page_of(answer)
    nothing = department.post(reverse("desk-report-contribute-read"), {"client_key": uuid4().hex})
    assert nothing.status_code == 422


def test_a_department_cites_its_own_registers_only(department: Client, register: news.Register) -> None:
    report, mine = make.opened(), make.contributor().department_id
    register.rows = [
        news.offer(department_id=mine),
        news.offer("别厅9家。", news.figure(9, label="别厅的"), key="o"),
    ]
    page = page_of(department.get(CONTRIBUTE))
    assert "上门指导：12家" in page
    assert "别厅的" not in page
    ref = "guiding.visits|/desk/programmes/events|上门指导"
    blank = {f"figure-{name}-0": "" for name in ("label", "value", "unit", "as_of", "source")}
    department.post(CONTRIBUTE, form(report, **blank, **{"figure-ref-0": ref}))
    figure = Contribution.objects.get().figures.get()
    assert (figure.code, figure.value, figure.as_of) == ("guiding.visits", Decimal(12), make.LAST)
    register.rows = []
    answer = department.post(CONTRIBUTE, form(report, **{"figure-ref-0": ref}))
    assert "登记册中已经没有这个数" in page_of(answer)


def test_the_department_reads_the_changed_words(client: Client) -> None:
    report = make.opened()
    sent = make.contribution(report, body="水利厅改为预约办理。")
    commands.take_contribution(report.pk, sent, "efficiency", seen=1, by=make.editor(), at=make.AT)
    drafts = [commands.ItemDraft("水利厅改为网上预约办理。", str(sent))]
    commands.save_section(report.pk, "efficiency", drafts, seen=2, by=make.editor(), at=make.AT)
    as_(client, make.contributor())
    page = page_of(client.get(reverse("desk-report-contribution", args=[sent])))
    assert "<ins>网上</ins>" in page
    assert "正在编辑" in page
    make.moved(report, *make.TO_ISSUE)
    assert "刊于" in page_of(client.get(reverse("desk-report-contribution", args=[sent])))


def test_a_reason_for_declining_is_read_by_the_department(client: Client) -> None:
    report = make.opened()
    sent = make.contribution(report)
    commands.decline_contribution(report.pk, sent, "与上期重复", by=make.editor(), at=make.AT)
    as_(client, make.contributor())
    assert "与上期重复" in page_of(client.get(reverse("desk-report-contribution", args=[sent])))


def test_every_number_of_the_bench_leads_to_its_origin(desk: Client) -> None:
    report = make.written(make.opened(), "上门指导企业12家。")
    page = page_of(desk.get(address(report)))
    there = address(report, "desk-report-numbers")
    assert f'<a href="{there}#number-0">12▲</a>' in page
    assert "1 个未注明来源" in page
    news.bind(report)
    assert f'<a href="{there}#number-0">12</a>' in page_of(desk.get(address(report)))
    assert 'id="number-0"' in page_of(desk.get(there))


def test_the_mark_is_on_the_screen_only(desk: Client) -> None:
    report = make.written(make.opened(), "上门指导企业12家。")
    text = desk.get(address(report, "desk-report-file", "txt")).content.decode()
    assert "上门指导企业12家。" in text
    assert "▲" not in text


def test_a_refused_review_links_every_number(desk: Client) -> None:
    report = make.moved(make.written(make.opened(), "指导12家，办结3件。"), Action.START_EDITING)
    answer = desk.post(address(report, "desk-report-act", "submit"), {"seen": 2})
    page = page_of(answer)
    assert answer.status_code == 422
    for number in (0, 1):
        assert f'<a href="{address(report, "desk-report-numbers")}#number-{number}">' in page


def bound(desk: Client, report: Report, **changes: Any) -> Any:
    (number, *_) = news.placed(report)
    given = {
        "act": "one", "item": number.item_id, "ordinal": "0", "printed": number.number.printed, "anchor": "number-0",
        "stated": "", "source": "台账", "label": "", "as_of": "2022-05-13",
    }  # fmt: skip
    return desk.post(address(report, "desk-report-numbers-bind"), given | changes)


def test_a_number_is_bound_on_the_page(desk: Client) -> None:
    report = make.written(make.opened(), "指导12家，办结3件。")
    page = page_of(desk.get(address(report, "desk-report-numbers")))
    ref = re.search(r'<option value="([^"]*guiding[^"]*)"', page)
    assert ref is not None
    assert bound(desk, report, stated=ref[1], source="").status_code == 302
    row = FigureField.objects.get(printed="12")
    assert (row.kind, row.code, row.stated) == ("register", "guiding.visits", Decimal(12))
    assert "查看依据" in page_of(desk.get(address(report, "desk-report-numbers")))
    assert bound(desk, report, act="all").status_code == 302
    assert FigureField.objects.get(printed="3").source == "台账"
    assert bound(desk, report, act="unbind").status_code == 302
    assert FigureField.objects.get(printed="12").kind == "unbound"


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"source": ""}, 422), ({"as_of": ""}, 422), ({"as_of": "x"}, 422), ({"stated": "gone"}, 422),
     ({"ordinal": "9"}, 409), ({"ordinal": "-1"}, 409), ({"printed": "13"}, 409)],
)  # fmt: skip
def test_what_cannot_be_bound_keeps_what_was_typed(
    desk: Client, changes: dict[str, str], status: int
) -> None:
    report = make.written(make.opened(), "指导12家。")
    answer = bound(desk, report, label="我的说明", **changes)
    assert answer.status_code == status
    assert ("我的说明" in page_of(answer)) == ("ordinal" not in changes)


def test_the_numbers_are_narrowed_and_a_disagreement_shown(desk: Client, register: news.Register) -> None:
    report = make.opened()
    commands.take_offer(
        report.pk, "guiding:1", "efficiency", news.DAYS, seen=1, by=make.editor(), at=make.AT, key="k" * 9
    )
    make.written(report, "办结7件。", section="environment")
    register.rows = [news.offer("…", news.figure(13))]
    there = address(report, "desk-report-numbers")
    assert "登记册现在是 13家" in page_of(desk.get(there))
    assert "办结" not in page_of(desk.get(f"{there}?only=wrong"))
    assert "登记册现在是" not in page_of(desk.get(f"{there}?only=unbound"))


def test_a_suggestion_is_used_and_hidden_from_the_bench(desk: Client, register: news.Register) -> None:
    report = make.opened()
    page = page_of(desk.get(address(report)))
    assert "水利厅上门指导企业12家" in page
    given = {
        "offer": "guiding:1",
        "section": "efficiency",
        "seen": "1",
        "from": "bench",
        "client_key": uuid4().hex,
    }
    for _ in range(2):
        answer = desk.post(address(report, "desk-report-suggestion-take"), given)
        assert answer["Location"] == address(report)
    assert len(queries.content_of(make.fresh(report)).of("efficiency")) == 1
    register.rows = [news.offer("商务厅办结3件。", news.figure(3), key="n", address="/desk/x")]
    hidden = {"offer": "n", "reason": "", "client_key": uuid4().hex, "topic": "efficiency"}
    assert desk.post(address(report, "desk-report-suggestion-hide"), hidden).status_code == 422
    answer = desk.post(address(report, "desk-report-suggestion-hide"), hidden | {"reason": "已报过"})
    assert "topic=efficiency" in answer["Location"]
    everything = page_of(desk.get(f"{address(report, 'desk-report-suggestions')}?all=1"))
    assert "已报过" in everything
    assert "在登记册中已删去" in everything
    desk.post(address(report, "desk-report-suggestion-hide"), {"offer": "n", "act": "show"})
    assert OfferUse.objects.filter(state="hidden").count() == 0


def test_suggestions_are_paged_exported_and_asked_up_to_today(desk: Client, register: news.Register) -> None:
    report = make.opened()
    register.rows = [news.offer(f"第{n:02d}号企业来访。", key=f"k{n:02d}", figures=()) for n in range(23)]
    there = address(report, "desk-report-suggestions")
    first = page_of(desk.get(there))
    assert "第19号企业" in first
    assert "第20号企业" not in first
    assert "第20号企业" in page_of(desk.get(f"{there}?after=k19"))
    table = desk.get(f"{there}?form=csv").getvalue().decode()
    assert table.count("企业来访") == 23
    register.asked.clear()
    desk.get(f"{there}?until=today")
    assert register.asked[0][1] > make.LAST


def test_numbers_and_suggestions_ask_no_more_for_more(desk: Client, register: news.Register) -> None:
    report = make.written(make.opened(), "指导12家。")
    counts = []
    for _ in range(2):
        row = []
        for name in ("desk-report-numbers", "desk-report-suggestions", "desk-report"):
            with sql.counting() as statements:
                assert desk.get(address(report, name)).status_code == 200
            row.append(len(statements))
        counts.append(row)
        make.written(report, *(f"第{n}条指导{n}家，办结{n}件。" for n in range(8)))
        register.rows += [news.offer(key=f"more:{n}") for n in range(8)]
    assert counts[0] == counts[1]
