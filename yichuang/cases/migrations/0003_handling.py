from django.db import migrations

# The step statement names these columns; the fact of a decision exists once a case, whatever a command does.
COLUMNS = """
alter table cases_case
    add column green boolean not null default false,
    add column pending_open integer not null default 0 check (pending_open >= 0),
    add column renews_expires_on date,
    add column confidentiality smallint not null default 0 check (confidentiality between 0 and 3),
    add constraint case_decided_has_all_materials check (state not in ('decided', 'delivered') or pending_open = 0);
-- A constraint and no way to find facts: written so that no plan takes it for one.
create unique index journal_fact_one_decision on journal_fact (subject_id) where kind || '' = 'case.decided';
"""
BACK = """
drop index journal_fact_one_decision;
alter table cases_case drop column green, drop column pending_open, drop column renews_expires_on, drop column confidentiality;
"""


class Migration(migrations.Migration):
    """The green channel, materials still to come, the licence that is renewed, confidentiality; one decision a case."""

    dependencies = [("cases", "0002_transfer"), ("journal", "0003_quantity")]

    operations = [migrations.RunSQL(COLUMNS, BACK)]
