"""Indexes of the cases that are few among many of a department's day: behind a figure of theirs the others are not read.

All but public services (20), which are nineteen of twenty reported cases; and of decided ones also those whose limit was judged.
Type and promptness stand in the index behind the id, so that it answers in the order of a page and leaves out what is not wanted.
"""

from django.db import migrations

from yichuang.kernel.online import IndexOnline

OTHERS = "where item_type <> '20'"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("exchange", "0005_kept_words")]

    operations = [
        IndexOnline(
            "reported_accepted", "exchange_case", f"(accepted_on, department_id, id, item_type) {OTHERS}"
        ),
        IndexOnline(
            "reported_decided",
            "exchange_case",
            f"(decided_on, department_id, id, item_type, promptness) {OTHERS} or promptness <> ''",
        ),
        IndexOnline(
            "reported_closed", "exchange_case", f"(closed_on, department_id, id, item_type) {OTHERS}"
        ),
    ]
