"""Indexes by which lists find their page: by department and state, by item and state, urgent ones, work by kind.

They take the place of two that knew no state: as many entries are written for a step as before.
"""

from django.db import migrations, models

from yichuang.kernel.online import DropIndexOnline, IndexOnline

OPEN = "where state in ('received', 'correcting', 'review', 'special', 'decided')"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("cases", "0008_bulk_acts")]

    operations = [
        IndexOnline("cases_case_state", "cases_case", "(department_id, state, id desc)"),
        IndexOnline("cases_case_item", "cases_case", "(item_id, state, id desc)"),
        IndexOnline("cases_case_green", "cases_case", "(department_id, state, id desc) where green"),
        DropIndexOnline("cases_case_open_due", "cases_case", f"(department_id, due_on, id) {OPEN}"),
        DropIndexOnline("cases_case_department", "cases_case", "(department_id, id desc)"),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                IndexOnline("cases_work_kind", "cases_work", "(department_id, kind, due_on, case_id)"),
                IndexOnline(
                    "cases_work_held",
                    "cases_work",
                    "(holder_id, due_on, case_id) where holder_id is not null",
                ),
                DropIndexOnline("cases_work_department", "cases_work", "(department_id, due_on, case_id)"),
                DropIndexOnline("cases_work_holder", "cases_work", "(holder_id, due_on, case_id)"),
            ],
            state_operations=[
                migrations.RemoveIndex("work", "cases_work_department"),
                migrations.RemoveIndex("work", "cases_work_holder"),
                migrations.AddIndex(
                    "work",
                    models.Index(
                        fields=["department_id", "kind", "due_on", "case_id"], name="cases_work_kind"
                    ),
                ),
                migrations.AddIndex(
                    "work",
                    models.Index(
                        fields=["holder_id", "due_on", "case_id"],
                        condition=models.Q(holder_id__isnull=False),
                        name="cases_work_held",
                    ),
                ),
            ],
        ),
    ]
