"""The open cases of an applicant: the window asks for them of everybody who comes, an agent with ten thousand cases too.

Along all cases of the applicant every one of them was read to find that none is open. Few cases are open: the index stays small.
"""

from django.db import migrations

from yichuang.kernel.online import IndexOnline

OPEN = "where state in ('received', 'correcting', 'review', 'special', 'decided')"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("cases", "0010_storage")]

    operations = [IndexOnline("cases_case_open_applicant", "cases_case", f"(applicant_id, id desc) {OPEN}")]
