"""The demo's feedback: plainly fictional, made by the real commands."""

from datetime import datetime, time, timedelta

from django.db import transaction

from yichuang.cases.flow import State
from yichuang.cases.models import Case
from yichuang.directory.models import Department
from yichuang.directory.queries import actor_named
from yichuang.feedback.commands.complaints import (
    ComplaintForm,
    ComplaintStep,
    step_complaint,
    take_complaint,
)
from yichuang.feedback.commands.follow_ups import AppealForm, appeal_rating, decide_appeal, step_follow_up
from yichuang.feedback.commands.ratings import RatingForm, give_rating
from yichuang.feedback.flow.complaints import ComplaintAction, ComplaintKind, ComplaintWay
from yichuang.feedback.flow.ratings import LOW, FollowAction, RatingChannel, Served
from yichuang.feedback.models import Complaint, Rating
from yichuang.feedback.queries.rated import RATEABLE_ACTS, service_by, token_of
from yichuang.halls.models import WindowAct
from yichuang.kernel.actor import ANONYMOUS, Actor
from yichuang.kernel.times import SHANGHAI, local_day

KEY = "demofeedback"
# Level, channel, words, telephone where the person agrees to be called back.
SAID = (
    (1, RatingChannel.MOBILE, "在手机上就办好了，没有跑路。", ""),
    (1, RatingChannel.PC, "", ""),
    (4, RatingChannel.MOBILE, "指南写的材料和窗口要的不一样，多跑了一次。", "13000000091"),
    (2, RatingChannel.QR, "", ""),
    (5, RatingChannel.PC, "打了三次电话没有人接。", ""),
    (1, RatingChannel.TABLET, "工作人员讲得清楚。", ""),
    (3, RatingChannel.QR, "等的时间有点长。", ""),
    (2, RatingChannel.MOBILE, "", ""),
    (4, RatingChannel.QR, "要的是别的部门的证明，不该算在这里。", ""),
    (1, RatingChannel.TERMINAL, "", ""),
    (1, RatingChannel.MOBILE, "比说好的时间早。", ""),
    (2, RatingChannel.PC, "", ""),
)
# Days before this Monday, kind, way, words, department, how far: taken, assigned, replied, closed.
BROUGHT = (
    (6, ComplaintKind.STUCK, ComplaintWay.WINDOW, "材料齐了，系统提示法定代表人信息不符，提交不了。", "water", "closed"),
    (5, ComplaintKind.COMPLAINT, ComplaintWay.ONLINE, "中午前到窗口，被要求下午再来。", "industry", "replied"),
    (4, ComplaintKind.QUESTION, ComplaintWay.PHONE, "取水许可延续要提前多久申请？", "water", "replied"),
    (3, ComplaintKind.PROPOSAL, ComplaintWay.ONLINE, "希望大厅增加填表示范。", "water", "assigned"),
    (2, ComplaintKind.REPORT, ComplaintWay.ONLINE, "有人在大厅门口收费代办，自称认识窗口人员。", "", "taken"),
    (50, ComplaintKind.STUCK, ComplaintWay.WINDOW, "企业分立后证件无法变更。", "water", "closed"),
)  # fmt: skip


@transaction.atomic
def load_feedback(*, at: datetime) -> str:
    """Load once; what was loaded, in words (empty: it is there already)."""
    if Rating.objects.exists() or Complaint.objects.exists():
        return ""
    moments = _ratings(at)
    _follow_ups()
    _complaints(at)
    return f"好差评 {moments} 次，群众反映 {len(BROUGHT)} 件"


def _ratings(at: datetime) -> int:
    """Cases delivered a while ago, and what was done at windows before today."""
    today = local_day(at)
    cases = Case.objects.filter(state=State.DELIVERED, closed_on__lt=today).order_by("-closed_on", "id")
    acts = WindowAct.objects.filter(
        kind__in=RATEABLE_ACTS, cancelled_at__isnull=True, source="", day__lt=today
    ).order_by("-day", "id")
    # Closed cases always have their day: the table says so.
    found = [(Served.CASE, pk, day) for pk, day in cases.values_list("pk", "closed_on")[:9] if day]
    found += [(Served.ACT, pk, day) for pk, day in acts.values_list("pk", "day")[:3]]
    for place, ((served, subject, day), said) in enumerate(zip(found, SAID, strict=False)):
        level, channel, words, phone = said
        form = RatingForm(level, channel, words, callback=bool(phone), phone=phone)
        moment = datetime.combine(day, time(20), SHANGHAI)
        give_rating(service_by(token_of(served, subject)), form, at=moment, key=f"{KEY}{place:02d}")
    return min(len(found), len(SAID))


def _follow_ups() -> None:
    """The first low rating is followed up to the end, the second waits, the third was appealed against with success."""
    low = list(Rating.objects.filter(level__in=LOW).select_related("department").order_by("key")[:3])
    supervisor = actor_named("supervisor")
    for place, rating in enumerate(low):
        by = _office(rating)
        if place == 0:
            _finish(rating, by)
        if place == 2:
            form = AppealForm("反映的证明由其他部门要求，本事项不需要。", "办事指南材料清单")
            appeal_rating(rating.pk, form, by=by, at=rating.at + timedelta(hours=14), key=f"{KEY}appeal")
            decide_appeal(
                rating.pk, uphold=True, words="经核对指南，情况属实，予以核减。", by=supervisor,
                at=rating.at + timedelta(hours=20),
            )  # fmt: skip


def _office(rating: Rating) -> Actor:
    """Whoever handles a rating of a department in the demo."""
    if rating.department is None:
        return actor_named("inspector")
    found = actor_named(f"head.{rating.department.code}")
    return found if found.id and found.can("feedback.handle") else actor_named("inspector")


def _finish(rating: Rating, by: Actor) -> None:
    way = (
        (FollowAction.CONTACT, "已电话回访，核对了指南与窗口口径。", ""),
        (FollowAction.START, "三天内更正指南并培训窗口人员。", ""),
        (FollowAction.RECTIFY, "指南已更正，窗口口径已统一。", ""),
        (FollowAction.CLOSE, "整改完成。", "已电话告知更正后的材料清单，并致歉。"),
    )
    for seen, (action, words, told) in enumerate(way, start=1):
        moment = rating.at + timedelta(hours=12 + seen)
        step_follow_up(rating.pk, action, words, told=told, seen=seen, by=by, at=moment)


def _complaints(at: datetime) -> None:
    monday = local_day(at) - timedelta(days=local_day(at).weekday())
    departments = dict(Department.objects.filter(region_id="510000000000").values_list("code", "pk"))
    clerk, supervisor = actor_named("clerk"), actor_named("supervisor")
    for place, (days, kind, way, words, code, far) in enumerate(BROUGHT):
        moment = datetime.combine(monday - timedelta(days=days), time(10), SHANGHAI)
        form = ComplaintForm(kind, words, name="张示例" if way is not ComplaintWay.ONLINE else "")
        by = ANONYMOUS if way is ComplaintWay.ONLINE else clerk
        made = take_complaint(form, way, by=by, at=moment, key=f"{KEY}brought{place}")
        steps: list[tuple[ComplaintAction, ComplaintStep, Actor]] = [
            (ComplaintAction.ASSIGN, ComplaintStep("", departments.get(code)), supervisor),
            (ComplaintAction.REPLY, ComplaintStep("已核实并解决，具体办法见短信，给您添麻烦了。"), clerk),
            (ComplaintAction.CLOSE, ComplaintStep(), supervisor),
        ]
        for seen, (action, step, who) in enumerate(
            steps[: ("taken", "assigned", "replied", "closed").index(far)], 1
        ):
            later = moment + timedelta(hours=seen)
            step_complaint(made.pk, action, step, seen=seen, by=who, at=later)
