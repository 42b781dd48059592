"""The notices, the special days they lay down, and the offset of the demonstration clock."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from yichuang.workdays.flow import DayKind, DaySource
from yichuang.workdays.rules import FESTIVAL_LENGTH, FIRST_DAY, LAST_DAY, TITLE_LENGTH, URL_LENGTH

HEXADECIMAL_SHA256 = r"^[0-9a-f]{64}$"


class CalendarNotice(models.Model):
    """One import of a year's notice. A later import of the same year supersedes it; nothing is deleted.

    `content` is the canonical text of its days, so that what a superseded notice said stays on record.
    `packaged` tells the notices that came with the program from those that a person imported.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    year = models.SmallIntegerField("年份")
    title = models.CharField("通知名称", max_length=TITLE_LENGTH)
    url = models.URLField("网址", max_length=URL_LENGTH)
    content = models.TextField("内容")
    sha256 = models.CharField("内容摘要", max_length=64)
    packaged = models.BooleanField("随程序附带")
    imported_at = models.DateTimeField("录入时间")
    imported_by = models.CharField("录入人", max_length=100)
    superseded_at = models.DateTimeField("被替换时间", null=True)

    class Meta:
        verbose_name = "放假通知"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["year"], condition=Q(superseded_at__isnull=True), name="workdays_notice_one_current"
            ),
            models.CheckConstraint(
                condition=Q(year__gte=FIRST_DAY.year, year__lte=LAST_DAY.year), name="workdays_notice_year"
            ),
            models.CheckConstraint(
                condition=Q(sha256__regex=HEXADECIMAL_SHA256), name="workdays_notice_sha256"
            ),
            models.CheckConstraint(condition=~Q(title="") & ~Q(url=""), name="workdays_notice_named"),
        ]

    def __str__(self) -> str:
        return self.title


class CalendarDay(models.Model):
    """One special day: laid down by a notice or, before there is one, by the rule on public holidays."""

    date = models.DateField("日期", primary_key=True)
    kind = models.CharField("类别", max_length=20, choices=[(kind.value, kind.label) for kind in DayKind])
    festival = models.CharField("节日", max_length=FESTIVAL_LENGTH)
    source = models.CharField("依据", max_length=20, choices=[(one.value, one.label) for one in DaySource])
    notice = models.ForeignKey(CalendarNotice, on_delete=models.PROTECT, null=True, related_name="days")

    class Meta:
        verbose_name = "特殊日期"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in DayKind]), name="workdays_day_kind"
            ),
            models.CheckConstraint(
                condition=Q(source=DaySource.NOTICE.value, notice__isnull=False)
                | Q(source=DaySource.STATUTE.value, notice__isnull=True, kind=DayKind.HOLIDAY.value),
                name="workdays_day_source",
            ),
            models.CheckConstraint(
                condition=Q(date__gte=FIRST_DAY, date__lte=LAST_DAY), name="workdays_day_covered"
            ),
            models.CheckConstraint(condition=~Q(festival=""), name="workdays_day_festival"),
        ]

    def __str__(self) -> str:
        return f"{self.date.isoformat()} {self.festival}"


class BusinessClock(models.Model):
    """The one row that moves the business clock of a demonstration; without it the clock shows real time."""

    ONLY: ClassVar[int] = 1

    id = models.SmallIntegerField(primary_key=True, default=1)
    offset_seconds = models.BigIntegerField("偏移秒数", default=0)
    moved_at = models.DateTimeField("调整时间")
    moved_by = models.CharField("调整人", max_length=100)

    class Meta:
        verbose_name = "演示时钟"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="workdays_clock_one_row"),
        ]

    def __str__(self) -> str:
        return f"{self.offset_seconds} 秒"
