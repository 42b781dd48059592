from django.db import migrations

WIDEN = """
alter table journal_view drop constraint journal_view_kind_check;
alter table journal_view add constraint journal_view_kind_check
    check (kind in ('case', 'file', 'search', 'reveal', 'export')) not valid;
alter table journal_view add constraint journal_view_export_has_reason check (kind <> 'export' or reason <> '') not valid;
"""
NARROW = """
alter table journal_view drop constraint journal_view_export_has_reason;
alter table journal_view drop constraint journal_view_kind_check;
alter table journal_view add constraint journal_view_kind_check
    check (kind in ('case', 'file', 'search', 'reveal')) not valid;
"""


class Migration(migrations.Migration):
    """A list taken away as a file is a look too, with its purpose. Not validated: old rows satisfy what was narrower."""

    dependencies = [("journal", "0005_views")]

    operations = [migrations.RunSQL(WIDEN, NARROW)]
