"""Calendar notices, special days and the demonstration clock: new tables only, nothing existing is locked."""

import datetime

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="BusinessClock",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("offset_seconds", models.BigIntegerField(default=0, verbose_name="偏移秒数")),
                ("moved_at", models.DateTimeField(verbose_name="调整时间")),
                ("moved_by", models.CharField(max_length=100, verbose_name="调整人")),
            ],
            options={
                "verbose_name": "演示时钟",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="workdays_clock_one_row")
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarNotice",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("year", models.SmallIntegerField(verbose_name="年份")),
                ("title", models.CharField(max_length=200, verbose_name="通知名称")),
                ("url", models.URLField(max_length=500, verbose_name="网址")),
                ("content", models.TextField(verbose_name="内容")),
                ("sha256", models.CharField(max_length=64, verbose_name="内容摘要")),
                ("packaged", models.BooleanField(verbose_name="随程序附带")),
                ("imported_at", models.DateTimeField(verbose_name="录入时间")),
                ("imported_by", models.CharField(max_length=100, verbose_name="录入人")),
                ("superseded_at", models.DateTimeField(null=True, verbose_name="被替换时间")),
            ],
            options={
                "verbose_name": "放假通知",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("superseded_at__isnull", True)),
                        fields=("year",),
                        name="workdays_notice_one_current",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("year__gte", 2018), ("year__lte", 2099)),
                        name="workdays_notice_year",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="workdays_notice_sha256"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("title", ""), _negated=True), models.Q(("url", ""), _negated=True)
                        ),
                        name="workdays_notice_named",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarDay",
            fields=[
                ("date", models.DateField(primary_key=True, serialize=False, verbose_name="日期")),
                (
                    "kind",
                    models.CharField(
                        choices=[("holiday", "放假"), ("makeup_workday", "调休上班")],
                        max_length=20,
                        verbose_name="类别",
                    ),
                ),
                ("festival", models.CharField(max_length=20, verbose_name="节日")),
                (
                    "source",
                    models.CharField(
                        choices=[("notice", "国务院办公厅通知"), ("statute", "全国年节及纪念日放假办法")],
                        max_length=20,
                        verbose_name="依据",
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="days",
                        to="workdays.calendarnotice",
                    ),
                ),
            ],
            options={
                "verbose_name": "特殊日期",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["holiday", "makeup_workday"])),
                        name="workdays_day_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("notice__isnull", False), ("source", "notice")),
                            models.Q(("kind", "holiday"), ("notice__isnull", True), ("source", "statute")),
                            _connector="OR",
                        ),
                        name="workdays_day_source",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("date__gte", datetime.date(2018, 1, 1)),
                            ("date__lte", datetime.date(2099, 12, 31)),
                        ),
                        name="workdays_day_covered",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("festival", ""), _negated=True), name="workdays_day_festival"
                    ),
                ],
            },
        ),
    ]
