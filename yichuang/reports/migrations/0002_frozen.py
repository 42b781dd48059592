"""From 签发 on a report's words and figures never change: the database refuses it, whatever the program does."""

from django.db import migrations

FORWARD = """
create function reports_refuse_change() returns trigger language plpgsql as $$
begin
    if old.imported or old.state not in ('issued', 'printed') then
        return case tg_op when 'DELETE' then old else new end;
    end if;
    if tg_op = 'DELETE' then
        raise exception 'an issued report is never deleted' using errcode = 'restrict_violation';
    end if;
    if (new.document, new.document_sha256, new.text, new.year, new.number, new.total_number, new.slug, new.issued_on,
        new.issuer, new.first_day, new.last_day, new.items, new.distribution, new.copies, new.snapshot_id,
        new.edit_version, new.form_id, new.imported)
       is distinct from
       (old.document, old.document_sha256, old.text, old.year, old.number, old.total_number, old.slug, old.issued_on,
        old.issuer, old.first_day, old.last_day, old.items, old.distribution, old.copies, old.snapshot_id,
        old.edit_version, old.form_id, old.imported)
       or new.state not in ('issued', 'printed') then
        raise exception 'an issued report never changes' using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger reports_report_frozen before update or delete on reports_report
    for each row execute function reports_refuse_change();
"""
BACKWARD = """
drop trigger reports_report_frozen on reports_report;
drop function reports_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
