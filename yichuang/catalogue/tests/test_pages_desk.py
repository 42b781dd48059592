"""The desk of the catalogue: lists, imports, versions, the editor, manuals; who may open what."""

import csv
import io
import re
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from yichuang.catalogue import commands
from yichuang.catalogue.models import GuideVersion, ImportRun, Item, Manual
from yichuang.catalogue.tests.factories import (
    AT,
    DISTRICT,
    PUBLISHER,
    WATER,
    both,
    editor,
    item,
    item_list,
    published,
    publisher,
    regions,
    somebody,
)
from yichuang.directory.models import Account
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.keys import client_key

pytestmark = pytest.mark.django_db
DUMMY = "511A0014100001-511602000000-000-2222222222222-1-00"
FORMULA = "511A0014100002-511602000000-000-2222222222222-1-00"


def signed_in(by: Actor) -> Client:
    """The browser of somebody who has signed in."""
    client = Client()
    assert by.id is not None
    client.force_login(Account.objects.get(pk=by.id), backend="django.contrib.auth.backends.ModelBackend")
    return client


def flagged() -> Item:
    """Two doubtful items."""
    regions()
    rows = (f"{DUMMY},客运线路许可,1,区交通局,{DISTRICT}", f"{FORMULA},=1+1,1,区交通局,{DISTRICT}")
    commands.import_items(item_list(*rows), "district.csv", by=SYSTEM, at=AT)
    return item(DUMMY)


def words_of(client: Client, address: str, status: int = 200) -> str:
    """The text of a page."""
    response = client.get(address)
    assert response.status_code == status
    return unescape(response.content.decode())


def draft() -> GuideVersion:
    """Version 2 of 取水许可, begun by the editor."""
    published()
    return commands.start_draft(item(WATER), by=editor(), at=AT)


def form_of(words: str) -> dict[str, list[str]]:
    """What a browser would send of the editor's form if nothing was touched."""
    fields: dict[str, list[str]] = {}
    body = words[words.index('name="edit"') - 200 :]
    for tag in re.findall(r"<input[^>]*>", body):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and (("checkbox" not in tag and "radio" not in tag) or "checked" in tag):
            fields.setdefault(name[1], []).append(unescape(value[1]) if value else "")
    for name, value in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>([^<]*)</textarea>', body):
        fields[name] = [unescape(value)]
    for name, inner in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', body, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', inner)
        fields[name] = [unescape(chosen[1]) if chosen else ""]
    return fields


def test_the_list_filters_and_exports_what_it_shows() -> None:
    published()
    flagged()
    client = signed_in(publisher())
    assert "共 3 项" in words_of(client, reverse("catalogue"))
    words = words_of(client, f"{reverse('catalogue')}?flagged=yes")
    assert "占位的假码" in words
    assert "取水许可" not in words
    response = client.get(f"{reverse('catalogue')}?flagged=yes&format=csv")
    text = b"".join(response).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["事项编码"] for row in rows] == [DUMMY, FORMULA]
    assert rows[0]["存疑"] == "实施主体码全部13位都是同一字符 2，是占位的假码"
    assert rows[1]["事项名称"] == "'=1+1"


def test_one_item_shows_its_row_its_flags_and_its_revisions() -> None:
    found = flagged()
    renamed = item_list(f"{DUMMY},客运线路许可（新增）,1,区交通局,{DISTRICT}")
    commands.import_items(renamed, "second.csv", by=SYSTEM, at=AT)
    words = words_of(signed_in(editor()), reverse("catalogue-item", args=[found.pk]))
    for expected in ("占位的假码", "区交通局", "第 2 次", "second.csv", "客运线路许可（新增）", "编写新版"):
        assert expected in words, expected
    assert "编写新版" not in words_of(signed_in(publisher()), reverse("catalogue-item", args=[found.pk]))


def test_a_list_is_uploaded_once_however_often_the_button_is_pressed() -> None:
    regions()
    client = signed_in(editor())
    key = client_key()
    for _ in range(2):
        content = item_list(f"{DUMMY},客运线路许可,1,区交通局,{DISTRICT}")
        posted = {"client_key": key, "file": SimpleUploadedFile("清单.csv", content)}
        response = client.post(reverse("catalogue-import-file"), posted)
        assert response.status_code == 302
    run = ImportRun.objects.get()
    assert (run.new, run.flagged, run.source_name, run.by_name) == (1, 1, "清单.csv", "editor（示例）")
    words = words_of(client, response["Location"])
    assert "占位的假码" in words
    assert reverse("catalogue-item", args=[item(DUMMY).pk]) in words
    exported = b"".join(client.get(f"{response['Location']}?format=csv"))
    assert DUMMY in exported.decode()
    assert "清单.csv" in words_of(client, reverse("catalogue-imports"))


@pytest.mark.parametrize(
    ("posted", "said"),
    [
        ({}, "没有收到防重复提交的标识"),
        ({"client_key": "a" * 32}, "请选择要导入的 CSV 文件"),
        ({"client_key": "a" * 32, "file": SimpleUploadedFile("x.csv", b"a,b\n")}, "表头缺少"),
        ({"client_key": "a" * 32, "file": SimpleUploadedFile("x.xlsx", b"PK\x03\x04")}, "Excel"),
    ],
)
def test_an_upload_that_cannot_be_read_is_told(posted: dict[str, object], said: str) -> None:
    client = signed_in(editor())
    response = client.post(reverse("catalogue-import-file"), posted)
    assert response.status_code == 422
    assert said in unescape(response.content.decode())
    assert not ImportRun.objects.exists()


def test_the_packaged_lists_are_one_button() -> None:
    response = signed_in(editor()).post(reverse("catalogue-import-packaged"))
    assert response.status_code == 302
    assert Item.objects.count() == 1165


def test_a_version_is_begun_written_handed_in_and_published_by_another() -> None:
    version = published()
    writer, second = signed_in(editor()), signed_in(publisher())
    begun = writer.post(reverse("guide-begin", args=[version.item_id]))
    address = begun["Location"]
    pk = GuideVersion.objects.get(number=2).pk
    edit = reverse("guide-edit", args=[pk, "basic"])
    posted = form_of(words_of(writer, edit)) | {"summary": ["直接取水，应当先取得批准。"]}
    assert writer.post(edit, posted).status_code == 302
    assert "直接取水，应当先取得批准。" in words_of(writer, f"{address}?view=changes")
    assert writer.post(reverse("guide-move", args=[pk, "submit"])).status_code == 302
    assert "编写过这一版" not in words_of(second, address)
    assert second.post(reverse("guide-move", args=[pk, "publish"])).status_code == 302
    assert "直接取水，应当先取得批准。" in words_of(Client(), reverse("item", args=[WATER]))
    compared = words_of(
        writer, f"{reverse('guide-compare', args=[version.item_id])}?old={version.pk}&new={pk}"
    )
    assert "一句话说明" in compared


def test_four_eyes_are_explained_and_kept() -> None:
    published()
    by = both()
    version = commands.start_draft(item(WATER), by=by, at=AT)
    commands.submit(version.pk, by=by, at=AT)
    client = signed_in(by)
    assert "您编写过这一版，须由另一人审核" in words_of(client, reverse("guide-version", args=[version.pk]))
    response = client.post(reverse("guide-move", args=[version.pk, "publish"]))
    assert response.status_code == 409
    assert GuideVersion.objects.get(pk=version.pk).state == "in_review"


def test_returning_asks_for_a_reason_and_keeps_it() -> None:
    version = draft()
    commands.submit(version.pk, by=editor(), at=AT)
    client = signed_in(publisher())
    address = reverse("guide-move", args=[version.pk, "return"])
    refused = client.post(address, {"reason": " "})
    assert refused.status_code == 422
    assert "f-reason" in refused.content.decode()
    assert client.post(address, {"reason": "请补充依据"}).status_code == 302
    assert "请补充依据" in words_of(signed_in(editor()), reverse("guide-version", args=[version.pk]))


@pytest.mark.parametrize("name", ["supersede", "nonsense"])
def test_a_move_that_no_button_makes_is_not_there(name: str) -> None:
    version = draft()
    assert signed_in(both()).post(reverse("guide-move", args=[version.pk, name])).status_code == 404


@pytest.mark.parametrize(
    "section",
    [
        "basic",
        "limits",
        "conditions",
        "materials",
        "steps",
        "result",
        "promise",
        "form",
        "form-0",
        "form-1",
        "form-5",
    ],
)
def test_saving_an_untouched_section_changes_nothing(section: str) -> None:
    version = draft()
    client = signed_in(editor())
    address = reverse("guide-edit", args=[version.pk, section])
    assert client.post(address, form_of(words_of(client, address))).status_code == 302
    saved = GuideVersion.objects.get(pk=version.pk)
    assert saved.elements == version.elements
    assert saved.edit == version.edit + 1


def test_entries_are_added_moved_and_removed() -> None:
    version = draft()
    client = signed_in(editor())
    address = reverse("guide-edit", args=[version.pk, "steps"])
    posted = form_of(words_of(client, address))
    count = len(version.elements["steps"])
    posted |= {
        f"steps.{count}.name": ["公示"],
        f"steps.{count}.post": ["公示岗"],
        f"steps.{count}.days": ["0"],
        f"steps.{count}.place": ["0"],
        "steps.1.remove": ["yes"],
    }
    assert client.post(address, posted).status_code == 302
    names = [step["name"] for step in GuideVersion.objects.get(pk=version.pk).elements["steps"]]
    before = [step["name"] for step in version.elements["steps"]]
    assert names == ["公示", before[0], *before[2:]]


def test_a_new_part_of_the_form_gets_a_page_of_its_own() -> None:
    version = draft()
    client = signed_in(editor())
    address = reverse("guide-edit", args=[version.pk, "form"])
    posted = form_of(words_of(client, address))
    count = len(version.elements["form"]["sections"])
    posted |= {f"form.sections.{count}.title": ["附加信息"], f"form.sections.{count}.code": ["extra"]}
    client.post(address, posted)
    sections = GuideVersion.objects.get(pk=version.pk).elements["form"]["sections"]
    assert [one["fields"] for one in sections[:-1]] == [
        one["fields"] for one in version.elements["form"]["sections"]
    ]
    words = words_of(client, reverse("guide-edit", args=[version.pk, f"form-{count}"]))
    assert "申请表：附加信息" in words
    assert "这一部分没有填写项" in words_of(client, address)


@pytest.mark.parametrize(
    ("section", "changes", "control"),
    [
        ("limits", {"limits.promised.days": ["二十"]}, "limits.promised.days"),
        ("basic", {"visits_needed": [""]}, "visits_needed"),
        ("basic", {"handling_kind": ["加急件"]}, "handling_kind"),
        ("materials", {"materials.0.only_if": ["单位"]}, "materials.0.only_if"),
        ("form-0", {"form.sections.0.fields.0.choices": ["单位"]}, "form.sections.0.fields.0.choices"),
        ("promise", {"commitment.liability": ["撤销许可"]}, "commitment.sample_percent"),
    ],
)
def test_a_wrong_answer_is_told_at_its_field_and_nothing_typed_is_lost(
    section: str, changes: dict[str, list[str]], control: str
) -> None:
    version = draft()
    client = signed_in(editor())
    address = reverse("guide-edit", args=[version.pk, section])
    response = client.post(address, form_of(words_of(client, address)) | changes)
    words = unescape(response.content.decode())
    assert response.status_code == 422
    assert f'href="#f-{control}"' in words
    assert f'id="f-{control}-error">' in words
    assert all(value[0] in words for value in changes.values())
    assert GuideVersion.objects.get(pk=version.pk).edit == version.edit


def test_a_conflict_shows_what_was_typed_and_what_it_would_change() -> None:
    version = draft()
    client = signed_in(editor())
    address = reverse("guide-edit", args=[version.pk, "basic"])
    posted = form_of(words_of(client, address))
    commands.save_draft(
        version.pk, version.elements | {"notes": ["别人保存的"]}, edit=version.edit, by=both(), at=AT
    )
    response = client.post(address, posted | {"summary": ["我写的说明"]})
    words = unescape(response.content.decode())
    assert response.status_code == 409
    assert "已有人保存过" in words
    assert "我写的说明" in words
    assert "别人保存的" in words
    assert client.post(address, form_of(words)).status_code == 302
    assert GuideVersion.objects.get(pk=version.pk).elements["summary"] == "我写的说明"


def test_findings_lead_to_their_fields() -> None:
    version = draft()
    limits = version.elements["limits"]
    wrong = version.elements | {
        "limits": limits | {"promised": limits["promised"] | {"days": 60}},
        "conditions": [],
    }
    commands.save_draft(version.pk, wrong, edit=version.edit, by=editor(), at=AT)
    client = signed_in(editor())
    words = words_of(client, reverse("guide-version", args=[version.pk]))
    assert f"{reverse('guide-edit', args=[version.pk, 'limits'])}#f-limits.promised.days" in words
    assert f"{reverse('guide-edit', args=[version.pk, 'conditions'])}#f-conditions" in words
    assert "确认提交审核" not in words
    refused = client.post(reverse("guide-move", args=[version.pk, "submit"]))
    assert refused.status_code == 422
    assert "#f-limits.promised.days" in refused.content.decode()


def test_a_section_that_is_not_there_is_missing() -> None:
    version = draft()
    client = signed_in(editor())
    for section in ("nonsense", "form-99"):
        assert client.get(reverse("guide-edit", args=[version.pk, section])).status_code == 404


def test_a_manual_is_written_and_published_and_counts() -> None:
    target = published().item_id
    writer, second = signed_in(editor()), signed_in(publisher())
    address = reverse("manual", args=[target])
    edit = Manual.objects.get(pk=target).edit
    save = reverse("manual-save", args=[target])
    assert writer.post(save, {"points": "核对申请书\n\n核对签章", "edit": str(edit)}).status_code == 302
    stale = writer.post(save, {"points": "晚到的内容", "edit": str(edit)})
    assert stale.status_code == 409
    assert "晚到的内容" in stale.content.decode()
    assert second.post(reverse("manual-move", args=[target, "publish"])).status_code == 302
    assert second.post(reverse("manual-move", args=[target, "publish"])).status_code == 409
    assert "核对签章" in words_of(second, address)
    words = words_of(second, f"{reverse('manuals')}?state=published")
    assert "100.00%" in words
    assert "取水许可" in words
    assert "取水许可" not in words_of(second, f"{reverse('manuals')}?state=suspended").split("各部门")[0]


def test_an_item_without_manual_gets_one_by_saving() -> None:
    found = flagged()
    client = signed_in(editor())
    assert "还没有手册" in words_of(client, reverse("manual", args=[found.pk]))
    client.post(reverse("manual-save", args=[found.pk]), {"points": "核对车辆", "edit": "0"})
    assert Manual.objects.get(pk=found.pk).points == ["核对车辆"]


def test_nobody_opens_the_desk_without_the_capability() -> None:
    version = draft()
    run = commands.import_items(item_list(), "x", by=SYSTEM, at=AT)
    target = version.item_id
    reading = [
        reverse("catalogue"),
        reverse("catalogue-imports"),
        reverse("catalogue-import", args=[run.run_id]),
        reverse("catalogue-item", args=[target]),
        reverse("guide-version", args=[version.pk]),
        reverse("guide-compare", args=[target]),
        reverse("guide-edit-first", args=[version.pk]),
        reverse("manuals"),
        reverse("manual", args=[target]),
    ]
    writing = [
        reverse("catalogue-import-file"),
        reverse("catalogue-import-packaged"),
        reverse("guide-begin", args=[target]),
        reverse("guide-move", args=[version.pk, "submit"]),
        reverse("manual-save", args=[target]),
        reverse("manual-move", args=[target, "publish"]),
    ]
    clerk = signed_in(somebody("clerk", []))
    assert {clerk.get(address).status_code for address in reading} == {403}
    assert {clerk.post(address).status_code for address in writing} == {403}
    assert {Client().get(address).status_code for address in reading} == {302}
    reader = signed_in(somebody("reader", PUBLISHER[:1]))
    assert {reader.post(address).status_code for address in writing} == {403}
    assert {signed_in(both()).get(address).status_code for address in reading} == {200}


def test_the_number_of_statements_of_a_list_is_pinned() -> None:
    flagged()
    client = signed_in(publisher())
    client.get(reverse("catalogue"))
    for rows in (0, 15):
        more = [f"{DUMMY[:12]}{n:02}{DUMMY[14:]},许可{n},1,区交通局,{DISTRICT}" for n in range(10, 10 + rows)]
        commands.import_items(item_list(*more), "more.csv", by=SYSTEM, at=AT)
        with sql.counting() as statements:
            client.get(reverse("catalogue"))
        # Page, count, departments.
        assert len([text for text in statements if "catalogue_" in text]) == 3
        with sql.counting() as statements:
            client.get(reverse("manuals"))
        # Page, coverage.
        assert len([text for text in statements if "catalogue_" in text]) == 2
