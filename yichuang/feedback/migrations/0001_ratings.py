"""Ratings, their follow-up, appeals, the limits of the room. What was said stays as it was said."""

from django.db import migrations, models

FORWARD = """
create function feedback_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'a rating never changes' using errcode = 'restrict_violation';
end
$$;
create trigger feedback_rating_frozen before update or delete on feedback_rating
    for each row execute function feedback_refuse_change();
create trigger feedback_rating_kept before truncate on feedback_rating
    for each statement execute function feedback_refuse_change();
create trigger feedback_limit_frozen before update or delete on feedback_limit
    for each row execute function feedback_refuse_change();
"""
BACKWARD = """
drop trigger feedback_limit_frozen on feedback_limit;
drop trigger feedback_rating_kept on feedback_rating;
drop trigger feedback_rating_frozen on feedback_rating;
drop function feedback_refuse_change();
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [("directory", "0002_capabilities"), ("halls", "0001_windows")]
    operations = [
        migrations.CreateModel(
            name="Rating",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("served", models.TextField()),
                ("case_id", models.UUIDField(null=True)),
                ("item_name", models.TextField(blank=True, default="")),
                ("level", models.SmallIntegerField()),
                ("channel", models.TextField()),
                ("indicators", models.JSONField(default=dict)),
                ("words", models.TextField(blank=True, default="")),
                ("callback", models.BooleanField(default=False)),
                ("phone", models.TextField(blank=True, default="")),
                ("at", models.DateTimeField()),
                ("day", models.DateField()),
                ("key", models.TextField(unique=True)),
                (
                    "act",
                    models.ForeignKey(
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="halls.windowact",
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="directory.department",
                    ),
                ),
                (
                    "window",
                    models.ForeignKey(
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="halls.window",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Limit",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("code", models.TextField()),
                ("value", models.IntegerField()),
                ("source", models.TextField()),
                ("since", models.DateField()),
                ("at", models.DateTimeField()),
                ("by_name", models.TextField()),
                ("key", models.TextField(unique=True)),
            ],
            options={
                "indexes": [models.Index(fields=["code", "-since", "-at"], name="limit_in_force")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "code__in",
                                [
                                    "rating.contact",
                                    "rating.finish",
                                    "rating.appeal",
                                    "complaint.question",
                                    "complaint.complaint",
                                    "complaint.report",
                                    "complaint.proposal",
                                    "complaint.stuck",
                                    "signal.jump_days",
                                    "signal.jump_cases",
                                    "signal.corrections",
                                    "signal.times_median",
                                    "signal.least_cases",
                                    "signal.alone_share",
                                    "signal.instant_minutes",
                                ],
                            )
                        ),
                        name="limit_known",
                    ),
                    models.CheckConstraint(condition=models.Q(("value__gte", 1)), name="limit_positive"),
                    models.CheckConstraint(
                        condition=models.Q(("source", ""), _negated=True), name="limit_has_source"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RatingNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("fact", models.TextField()),
                ("words", models.TextField(blank=True, default="")),
                ("at", models.DateTimeField()),
                ("by_name", models.TextField()),
                (
                    "rating",
                    models.ForeignKey(
                        on_delete=models.PROTECT,
                        related_name="notes",
                        to="feedback.rating",
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Appeal",
            fields=[
                (
                    "rating",
                    models.OneToOneField(
                        on_delete=models.PROTECT,
                        primary_key=True,
                        related_name="appeal",
                        serialize=False,
                        to="feedback.rating",
                    ),
                ),
                ("state", models.TextField(default="pending")),
                ("reasons", models.TextField()),
                ("evidence", models.TextField(blank=True, default="")),
                ("appealed_at", models.DateTimeField()),
                ("appealed_by_id", models.UUIDField()),
                ("appealed_by_name", models.TextField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by_id", models.UUIDField(null=True)),
                ("decided_by_name", models.TextField(blank=True, default="")),
                ("decision", models.TextField(blank=True, default="")),
                ("key", models.TextField(unique=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reasons", ""), _negated=True), name="appeal_has_reasons"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by_id__isnull", True),
                            models.Q(("decided_by_id", models.F("appealed_by_id")), _negated=True),
                            _connector="OR",
                        ),
                        name="appeal_four_eyes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at__isnull", True),
                                ("decided_by_id__isnull", True),
                                ("state", "pending"),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by_id__isnull", False),
                                ("state__in", ["upheld", "rejected"]),
                                models.Q(("decision", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="appeal_decided_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FollowUp",
            fields=[
                (
                    "rating",
                    models.OneToOneField(
                        on_delete=models.PROTECT,
                        primary_key=True,
                        related_name="follow_up",
                        serialize=False,
                        to="feedback.rating",
                    ),
                ),
                ("state", models.TextField(default="pending")),
                ("seq", models.IntegerField(default=1)),
                ("contact_due_on", models.DateField()),
                ("finish_due_on", models.DateField()),
                ("limit_source", models.TextField()),
                ("contacted_on", models.DateField(null=True)),
                ("finished_on", models.DateField(null=True)),
                ("told", models.TextField(blank=True, default="")),
                ("void_reason", models.TextField(blank=True, default="")),
                (
                    "department",
                    models.ForeignKey(
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="directory.department",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="rating",
            index=models.Index(fields=["-at", "-id"], name="rating_newest"),
        ),
        migrations.AddIndex(
            model_name="rating",
            index=models.Index(fields=["day", "department"], name="rating_day"),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.UniqueConstraint(fields=("case_id",), name="rating_once_a_case"),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.UniqueConstraint(fields=("act",), name="rating_once_an_act"),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("act__isnull", True), ("case_id__isnull", False), ("served", "case")),
                    models.Q(("act__isnull", False), ("case_id__isnull", True), ("served", "act")),
                    _connector="OR",
                ),
                name="rating_of_one_service",
            ),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.CheckConstraint(
                condition=models.Q(("level__range", (1, 5))), name="rating_five_levels"
            ),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__in", ["1", "2", "3", "4", "5"])), name="rating_channel"
            ),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.CheckConstraint(
                condition=models.Q(("phone", ""), ("callback", True), _connector="OR"),
                name="rating_phone_agreed",
            ),
        ),
        migrations.AddIndex(
            model_name="followup",
            index=models.Index(
                condition=models.Q(("finished_on__isnull", True)),
                fields=["finish_due_on"],
                name="follow_unfinished",
            ),
        ),
        migrations.AddConstraint(
            model_name="followup",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["pending", "contacted", "rectifying", "rectified", "closed", "void"])
                ),
                name="follow_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="followup",
            constraint=models.CheckConstraint(
                condition=models.Q(("finish_due_on__gte", models.F("contact_due_on"))),
                name="follow_days_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="followup",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("finished_on__isnull", True),
                        ("state__in", ["pending", "contacted", "rectifying", "rectified"]),
                    ),
                    models.Q(
                        ("contacted_on__isnull", False),
                        ("finished_on__isnull", False),
                        ("state", "closed"),
                        models.Q(("told", ""), _negated=True),
                    ),
                    models.Q(
                        ("finished_on__isnull", False),
                        ("state", "void"),
                        models.Q(("void_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="follow_finished_whole",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
