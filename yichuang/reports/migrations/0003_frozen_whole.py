"""An issued report keeps every column, not its words alone; its figures, visits and versions keep with it.

Who reviewed and who issued is evidence as the words are. Only 登记印发 (state and time of printing) and the index of
the search may still be written.
"""

from django.db import migrations

FORWARD = """
create function reports_refuse_any_change() returns trigger language plpgsql as $$
declare
    open constant text[] := array['state', 'printed_at', 'search'];
begin
    if old.imported or old.state not in ('issued', 'printed') then
        return new;
    end if;
    if to_jsonb(new) - open is distinct from to_jsonb(old) - open
       or (new.state, new.printed_at) is distinct from (old.state, old.printed_at)
          and not (old.state = 'issued' and new.state = 'printed') then
        raise exception 'an issued report never changes' using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger reports_report_frozen_whole before update on reports_report
    for each row execute function reports_refuse_any_change();

create function reports_refuse_change_below() returns trigger language plpgsql as $$
declare
    touched uuid[] := case tg_op
        when 'INSERT' then array[new.report_id]
        when 'DELETE' then array[old.report_id]
        else array[old.report_id, new.report_id] end;
begin
    if exists (
        select from reports_report
        where id = any(touched) and state in ('issued', 'printed') and not imported
    ) then
        raise exception 'what an issued report says never changes' using errcode = 'restrict_violation';
    end if;
    return case tg_op when 'DELETE' then old else new end;
end
$$;
create trigger reports_figure_frozen before insert or update or delete on reports_printedfigure
    for each row execute function reports_refuse_change_below();
create trigger reports_visit_frozen before insert or update or delete on reports_dutyvisit
    for each row execute function reports_refuse_change_below();
create trigger reports_inspection_frozen before insert or update or delete on reports_inspectionresult
    for each row execute function reports_refuse_change_below();

create function reports_refuse_rewriting() returns trigger language plpgsql as $$
begin
    raise exception 'a version is kept for ever' using errcode = 'restrict_violation';
end
$$;
create trigger reports_version_kept before update or delete on reports_reportversion
    for each row execute function reports_refuse_rewriting();
"""
BACKWARD = """
drop trigger reports_report_frozen_whole on reports_report;
drop function reports_refuse_any_change();
drop trigger reports_figure_frozen on reports_printedfigure;
drop trigger reports_visit_frozen on reports_dutyvisit;
drop trigger reports_inspection_frozen on reports_inspectionresult;
drop function reports_refuse_change_below();
drop trigger reports_version_kept on reports_reportversion;
drop function reports_refuse_rewriting();
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0002_frozen")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
