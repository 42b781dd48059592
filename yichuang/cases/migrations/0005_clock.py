from django.db import migrations

# The platform asks every minute which licences have run out undecided; few cases renew anything.
RENEWALS = """
create index cases_case_renewal on cases_case (renews_expires_on, id)
    where renews_expires_on is not null and state in ('received', 'correcting', 'review', 'special');
"""


class Migration(migrations.Migration):
    """What the clock needs beside the facts: renewals by the day on which the licence runs out."""

    dependencies = [("cases", "0004_reviewers")]

    operations = [migrations.RunSQL(RENEWALS, "drop index cases_case_renewal")]
