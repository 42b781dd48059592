"""The outbox: what mail and short messages went, or in a demonstration would have gone."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from yichuang.directory.flow import Capability
from yichuang.kernel import paging
from yichuang.kernel.csv_out import csv_response
from yichuang.kernel.errors import Invalid
from yichuang.kernel.keys import parse_uuid
from yichuang.kernel.times import local, local_day
from yichuang.kernel.web import Request, clean_text, needs
from yichuang.notices.flow import CHANNEL_LABELS, MessageChannel
from yichuang.notices.models import Message
from yichuang.notices.queries import Sending, outbox_walk

SIZE = 50
CSV_MOST = 10_000
SENDING_LABELS = {Sending.SENT: "已发出", Sending.WAITING: "待发送", Sending.FAILED: "没有送出"}
CSV_HEAD = ("时间", "方式", "收件人", "标题", "内容", "状态", "次数", "原因")


def _filters(request: Request) -> dict[str, str]:
    """The filters of the address; unknown values are no filter."""
    asked = {"channel": request.GET.get("channel", ""), "sending": request.GET.get("sending", "")}
    known = {"channel": {str(one) for one in MessageChannel}, "sending": {str(one) for one in Sending}}
    kept = {name: value for name, value in asked.items() if value in known[name]}
    text = clean_text(request.GET.get("q", ""), limit=200)
    return kept | ({"q": text} if text else {})


def _read(request: Request, *, after: str, size: int, patient: bool = False) -> paging.Page[Message]:
    asked = _filters(request)
    cursor = paging.decode(after, parts=1)
    before = parse_uuid(cursor[0]) if cursor else None
    if cursor and before is None:
        raise Invalid("翻页链接已失效。", how="请回到列表第一页。")
    found, onward = outbox_walk(
        by=request.by, channel=asked.get("channel", ""), sending=asked.get("sending", ""), text=asked.get("q", ""),
        before=before, limit=size + 1, patient=patient,
    )  # fmt: skip
    return paging.cut_short(found, onward, size=size, key=lambda message: (str(message.pk),), after=after)


@needs(Capability.OUTBOX_READ)
@require_safe
def messages(request: Request) -> HttpResponse:
    """The newest messages, by filter."""
    page = _read(request, after=request.GET.get("after", ""), size=SIZE)
    asked = _filters(request)
    context: dict[str, Any] = {
        "rows": [_row(message) for message in page.rows],
        "chips": [*_chips(asked, "channel", CHANNEL_LABELS), *_chips(asked, "sending", SENDING_LABELS)],
        "clear": "?" if asked else "",
        "q": asked.get("q", ""),
        "previous": "" if page.is_first else f"?{urlencode(asked)}",
        "following": f"?{urlencode({**asked, 'after': page.following})}" if page.following else "",
        "csv": f"/desk/outbox.csv?{urlencode(asked)}",
        "local": settings.MESSAGE_SENDER == "local",
    }
    return render(request, "home/outbox.html", context)


def _chips(asked: dict[str, str], name: str, labels: Any) -> list[tuple[str, str, bool]]:
    rest = {key: value for key, value in asked.items() if key != name}
    return [
        (
            label,
            f"?{urlencode(rest if asked.get(name) == value else {**rest, name: value})}",
            asked.get(name) == value,
        )
        for value, label in labels.items()
    ]


def _row(message: Message) -> dict[str, Any]:
    state = Sending.SENT if message.sent_at else Sending.FAILED if message.failure else Sending.WAITING
    colleague = message.account_id is not None
    return {
        "message": message,
        "channel": "站内" if colleague else CHANNEL_LABELS[MessageChannel(message.channel)],
        "to": "经办人" if colleague else message.to,
        "state": ("已读" if message.read_at else "未读") if colleague else SENDING_LABELS[state],
        "tone": {Sending.SENT: "good", Sending.FAILED: "bad"}.get(state, "plain"),
        "subject": message.link or f"/desk/cases/{message.subject_id}",
    }


@needs(Capability.OUTBOX_READ)
@require_safe
def messages_csv(request: Request) -> HttpResponseBase:
    """The newest ten thousand messages of the list as CSV."""
    page = _read(request, after="", size=CSV_MOST, patient=True)
    return csv_response(
        f"发件箱-{local_day(request.at)}.csv",
        CSV_HEAD,
        (
            (
                local(message.made_at).strftime("%Y-%m-%d %H:%M"), row["channel"], row["to"], message.title,
                message.body, row["state"], message.attempts, message.failure,
            )
            for message in page.rows
            for row in [_row(message)]
        ),
    )  # fmt: skip


urlpatterns: list[URLPattern] = [
    path("desk/outbox", messages, name="outbox"),
    path("desk/outbox.csv", messages_csv, name="outbox-csv"),
]
