"""The pages of the window: choose the seat, act, sign, print; the register; windows and their people."""

import base64
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from yichuang.directory.models import Applicant
from yichuang.halls.commands.acts import consult
from yichuang.halls.commands.acts_given import hand_over
from yichuang.halls.flow.windows import ActKind
from yichuang.halls.models import Issue, Staffing, Window, WindowAct
from yichuang.halls.queries.acts import totals_of
from yichuang.halls.tests import factories_windows as make
from yichuang.halls.tests.factories_rounds import png
from yichuang.halls.tests.factories_windows import read, send
from yichuang.intake.tests import factories as intake
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor

pytestmark = pytest.mark.django_db
AT = make.AT
CODE = intake.COMPANY_CODES[0]
# One white pixel.
PNG = png(place=False)
PAPER: dict[str, Any] = {
    "client_key": "",
    "signed_as": "张示例",
    "method": "signed",
    "documents": "取水许可证",
    "recipient": "张示例",
}


@pytest.fixture(autouse=True)
def _a_monday_with_files_of_its_own(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> Iterator[None]:
    monkeypatch.setattr("config.front_door.now", lambda: AT)
    settings.FILES_DIR = tmp_path / "files"
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def desk(db: None) -> Client:
    """A browser of the clerk who sits at A01."""
    return make.browser(make.clerk())


def test_the_seat_is_chosen_once_a_day() -> None:
    client = make.browser(make.clerk(seated=False))
    made = make.window()
    assert "请先选择今天所在的窗口" in read(client, "window")
    wrong = send(client, "window-consult", topic="问", answer="答", way="phone", status=422).content.decode()
    assert "请先选择窗口" in wrong
    assert ">问</textarea>" in wrong
    back = reverse("window-consult")
    assert send(client, "window-seat", window=made.pk, next=back)["Location"] == back
    assert "今天在" in read(client, "window-consult")
    for elsewhere in ("https://example.org/", "//example.org", ""):
        assert send(client, "window-seat", window=made.pk, next=elsewhere)["Location"] == reverse("desk-acts")
    assert send(client, "window-seat", window="")["Location"] == reverse("desk-acts")


def test_the_four_acts_stand_on_the_window(desk: Client) -> None:
    intake.company()
    page = read(desk, "window", query=f"?paper={CODE}")
    for label in ("咨询", "受理", "流转", "颁发"):
        assert f'door-name">{label}' in page
    assert f"{reverse('window-consult')}?paper={CODE}" in page
    assert "没有在办的件" in page


def test_a_clerk_without_acts_sees_the_window_as_before() -> None:
    page = read(make.browser(intake.window_clerk()), "window")
    assert "识别申请人" in page
    assert "door-name" not in page


def test_a_consultation_is_recorded_and_told(desk: Client) -> None:
    intake.company()
    key = make.key()
    given: dict[str, Any] = {
        "topic": "延续要多久？",
        "answer": "三十五个工作日。",
        "way": "phone",
        "minutes": "5",
        "paper": CODE,
        "client_key": key,
    }
    first = send(desk, "window-consult", **given)
    assert send(desk, "window-consult", **given)["Location"] == first["Location"]
    made = WindowAct.objects.get()
    assert (made.way, made.minutes, made.quantity) == ("phone", 5, 1)
    assert made.applicant == Applicant.objects.get(paper_number=CODE)
    page = read(desk, "desk-act-page", made.pk)
    assert "三十五个工作日" in page
    assert "转为收件" in page


@pytest.mark.parametrize(("raw", "field"), [("abc", "quantity"), ("0", "quantity"), ("99999999", "quantity")])
def test_a_wrong_number_is_told_at_its_field(desk: Client, raw: str, field: str) -> None:
    page = send(
        desk, "window-consult", topic="问", answer="答", way="phone", quantity=raw, status=422
    ).content.decode()
    assert f'href="#f-{field}"' in page
    assert f'value="{raw}"' in page


def test_a_matter_is_named_by_words_or_chosen(desk: Client) -> None:
    item = make.offered()
    send(desk, "window-consult", topic="问", answer="答", way="phone", matter=item.name)
    assert WindowAct.objects.get().item_id == item.pk
    assert WindowAct.objects.get().department_id == item.department_id
    page = send(
        desk, "window-consult", topic="问", answer="答", way="phone", matter="取水", status=422
    ).content.decode()
    assert "是下面哪一个事项" in page
    send(desk, "window-consult", topic="问", answer="答", way="phone", matter="取水", item=item.code)
    assert WindowAct.objects.count() == 2
    page = send(
        desk, "window-consult", topic="问", answer="答", way="phone", matter="龘龘龘", status=422
    ).content.decode()
    assert "没有找到这个事项" in page


def test_a_sheet_is_made_printed_and_signed_by_the_other_side(desk: Client) -> None:
    department = make.water()
    made = send(desk, "window-hand-over", numbers="SL-1\nSL-2", department=department.pk, topic="原件")
    page = desk.get(made["Location"]).content.decode()
    assert "综窗流转〔2022〕1号" in page
    assert "待部门签收" in page
    assert "签收这" not in page
    other = make.browser(make.receiver())
    act = WindowAct.objects.get()
    assert "综窗流转〔2022〕1号" in read(other, "desk-hand-overs")
    assert "签收这 2 件" in read(other, "desk-act-page", act.pk)
    send(other, "desk-act-receipt", act.pk, "receive")
    again = send(other, "desk-act-receipt", act.pk, "receive", status=409)
    assert "双方已签" in again.content.decode()
    assert "receiver（示例）" in read(desk, "desk-act-page", act.pk)
    assert "综窗流转〔2022〕1号" in read(desk, "desk-hand-overs", query="?state=closed")
    assert "没有等待签收" in read(desk, "desk-hand-overs")


def test_a_sheet_that_waits_too_long_is_shown(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made = hand_over(make.handed(), by=make.clerk(), at=AT, key=make.key())
    monkeypatch.setattr("config.front_door.now", lambda: AT + timedelta(days=2))
    assert "超时未签收" in read(desk, "desk-hand-overs")
    assert "部门还没有签收" in read(desk, "desk-act-page", made.pk)
    assert "超时 1 张" in read(desk, "window")


def test_a_sheet_is_returned_with_a_reason(desk: Client) -> None:
    made = hand_over(make.handed(), by=make.clerk(), at=AT, key=make.key())
    other = make.browser(make.receiver())
    assert "请写明退回理由" in send(other, "desk-act-receipt", made.pk, "return", status=422).content.decode()
    send(other, "desk-act-receipt", made.pk, "return", reason="少一件")
    assert "退回理由：少一件" in read(desk, "desk-act-page", made.pk)
    send(other, "desk-act-receipt", made.pk, "burn", status=404)


def drawn(data: bytes = PNG, head: str = "data:image/png;base64,") -> str:
    """What the canvas sends."""
    return head + base64.b64encode(data).decode()


def test_a_certificate_is_signed_on_the_screen(desk: Client) -> None:
    make.water()
    send(
        desk,
        "window-issue",
        **PAPER | {"client_key": make.key()},
        numbers="SL-9",
        department=make.water().pk,
        signature=drawn(),
        paper_number="510100199001010013",
    )
    made = Issue.objects.get()
    assert (made.signature_kind, made.paper_masked[-4:]) == ("png", "0013")
    page = read(desk, "desk-act-page", made.pk)
    assert "查看签名" in page
    assert "19900101" not in page
    answer = desk.get(reverse("desk-act-signature", args=[made.pk]))
    assert answer.content == PNG
    assert answer["Content-Disposition"].startswith("attachment")
    assert make.browser(make.receiver()).get(reverse("desk-act-signature", args=[made.pk])).status_code == 404


def test_a_certificate_is_signed_on_paper(desk: Client) -> None:
    scan = SimpleUploadedFile("签收单.pdf", intake.PDF)
    send(
        desk,
        "window-issue",
        **PAPER | {"client_key": make.key()},
        numbers="SL-9",
        department=make.water().pk,
        scan=scan,
    )
    assert Issue.objects.get().signature_kind == "pdf"


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "x",
        drawn(b"GIF89a"),
        drawn(b"<svg/>"),
        drawn(PNG, "data:image/svg+xml;base64,"),
        "data:image/png;base64,@@",
        drawn(PNG + b"x" * 900_000),
    ],
    ids=["none", "text", "gif", "svg", "another type", "no base64", "too large"],
)
def test_a_signature_is_a_small_picture(desk: Client, signature: str) -> None:
    answer = send(
        desk,
        "window-issue",
        **PAPER | {"client_key": make.key()},
        numbers="SL-9",
        department=make.water().pk,
        signature=signature,
        status=422,
    )
    assert 'id="f-signature"' in answer.content.decode()
    assert "张示例" in answer.content.decode()
    assert not Issue.objects.exists()


def test_a_wrong_scan_is_refused(desk: Client) -> None:
    scan = SimpleUploadedFile("签收单.exe", b"MZ")
    answer = send(
        desk,
        "window-issue",
        **PAPER | {"client_key": make.key()},
        numbers="SL-9",
        department=make.water().pk,
        scan=scan,
        status=422,
    )
    assert "f-signature" in answer.content.decode()


def test_what_a_department_accepted_elsewhere_is_registered(desk: Client) -> None:
    page = send(
        desk, "window-accept", department=make.water().pk, source="部门系统", status=422
    ).content.decode()
    assert "请填部门系统给的受理编号" in page
    send(desk, "window-accept", department=make.water().pk, source="部门系统", numbers="X-1 X-2")
    assert totals_of(AT.date(), AT.date())[ActKind.ACCEPTED] == 2
    page = send(
        desk, "window-accept", department=make.water().pk, source="s", numbers="X-1 X-1", status=422
    ).content.decode()
    assert "填了两次" in page


def test_a_past_day_is_entered_with_its_source(desk: Client) -> None:
    made = make.window()
    given: dict[str, Any] = {
        "window": made.pk,
        "department": make.water().pk,
        "day": "2022-05-13",
        "quantity": "40",
        "source": "台账",
    }
    assert "请选择补录哪一类" in send(desk, "window-enter", **given, status=422).content.decode()
    send(desk, "window-enter", **given, kind="consulted")
    assert (
        "请填今天或者以前的日期"
        in send(
            desk, "window-enter", **given | {"day": "2022-05-17"}, kind="issued", status=422
        ).content.decode()
    )
    assert (
        "请填办理日期"
        in send(desk, "window-enter", **given | {"day": "昨天"}, kind="issued", status=422).content.decode()
    )
    page = read(desk, "desk-acts", query="?from=2022-05-09&to=2022-05-15")
    assert "补录" in page
    assert "40" in page


def test_an_act_is_cancelled_with_its_reason(desk: Client) -> None:
    made = consult(make.consulted(), by=make.clerk(), at=AT, key=make.key())
    assert "请写明撤销理由" in send(desk, "desk-act-cancel", made.pk, status=422).content.decode()
    send(desk, "desk-act-cancel", made.pk, reason="重复登记")
    page = read(desk, "desk-act-page", made.pk)
    assert "重复登记" in page
    assert "撤销这条登记" not in page
    assert "已撤销" in read(desk, "desk-acts")
    send(desk, "desk-act-cancel", made.pk, reason="再一次", status=409)


def test_the_register_adds_up_and_goes_out_as_csv(desk: Client) -> None:
    by = make.clerk()
    for _ in range(3):
        consult(make.consulted(), by=by, at=AT, key=make.key())
    hand_over(make.handed("=1+1", "B"), by=by, at=AT, key=make.key())
    page = read(desk, "desk-acts")
    links = [
        unquote(one) for one in re.findall(r'href="(/desk/hall/acts\?[^"]+)"', page.replace("&amp;", "&"))
    ]
    assert len(links) > 8
    for link in links:
        answer = desk.get(link)
        assert answer.status_code == 200
    csv = desk.get(reverse("desk-acts") + "?format=csv")
    lines = b"".join(csv.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 5
    assert sum(int(line.split(",")[5]) for line in lines[1:]) == 5
    assert "'=1+1" in "\n".join(lines)


@pytest.mark.parametrize(
    "query", ["?from=2022-05-20&to=2022-05-16", "?from=x&to=y&kind=z&window=1&department=2", "?kind=issued"]
)
def test_an_odd_filter_is_still_a_page(desk: Client, query: str) -> None:
    read(desk, "desk-acts", query=query)


def test_the_register_takes_few_statements(desk: Client) -> None:
    by = make.clerk()
    for _ in range(6):
        consult(make.consulted(), by=by, at=AT, key=make.key())
        hand_over(make.handed(), by=by, at=AT, key=make.key())
    counts = {}
    for name in ("desk-acts", "desk-hand-overs"):
        read(desk, name)
        with sql.counting() as statements:
            read(desk, name)
        counts[name] = len([text for text in statements if "workdays_" not in text])
    # Session with account and actor; acts, totals twice, departments, windows. The same; sheets.
    assert counts == {"desk-acts": 6, "desk-hand-overs": 2}


@pytest.mark.parametrize(
    ("who", "acts", "sheets"),
    [
        (make.reader, 200, 403),
        (make.receiver, 403, 200),
        (make.departmental, 200, 200),
        (lambda: intake.applicant(), 403, 403),
    ],
    ids=["reader", "receiver", "departmental", "applicant"],
)
def test_who_reads_what(who: Any, acts: int, sheets: int) -> None:
    by: Actor = who()
    client = make.browser(by)
    assert client.get(reverse("desk-acts")).status_code == acts
    assert client.get(reverse("desk-hand-overs")).status_code == sheets


def test_windows_are_managed() -> None:
    client, sitter = make.browser(make.manager()), make.clerk(seated=False)
    assert "还没有窗口" in read(client, "desk-windows")
    page = send(client, "desk-windows", code="1", name="甲", kind="general", status=422).content.decode()
    assert 'value="甲"' in page
    assert 'href="#f-code"' in page
    send(client, "desk-windows", code="a07", name="综合窗口", kind="general", place="一楼")
    made = Window.objects.get()
    assert made.code == "A07"
    send(client, "desk-window-staff", made.pk, status=422)
    send(client, "desk-window-staff", made.pk, account=sitter.id, since="2022-05-16")
    assert "sitter（示例）" in read(client, "desk-windows")
    page = send(
        client, "desk-window-staff", made.pk, account=sitter.id, since="2022-05-16", status=422
    ).content.decode()
    assert "已有安排" in page
    send(client, "desk-staffing-end", Staffing.objects.get().pk, until="2022-05-16")
    assert "2022-05-16" in read(client, "desk-window", made.pk)
    stale = send(client, "desk-window", made.pk, code="A07", name="乙", kind="general", edit="9", status=409)
    assert 'value="乙"' in stale.content.decode()
    send(client, "desk-window", made.pk, code="A07", name="乙", kind="general", edit="1", closed="yes")
    assert Window.objects.get().is_active is False
    read(client, "desk-window", "00000000-0000-0000-0000-000000000000", status=404)


@pytest.mark.parametrize("count", [0, 6])
def test_the_list_of_windows_takes_few_statements(count: int) -> None:
    client = make.browser(make.manager())
    for n in range(count):
        make.window(f"A0{n}")
    read(client, "desk-windows")
    with sql.counting() as statements:
        read(client, "desk-windows")
    # Session with account and actor; windows, who sits there, departments.
    assert len([text for text in statements if "workdays_" not in text]) == 4
