"""A rating never changes, save that its words and phone go with the content of a case that was destroyed by law."""

from django.db import migrations

FORWARD = """
create function feedback_rating_refuse_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and new.phone = '' and new.words = (case when old.words = '' then '' else '（已依法删除）' end)
       and to_jsonb(new) - 'words' - 'phone' = to_jsonb(old) - 'words' - 'phone'
       and exists (
           select 1 from cases_case c where c.applicant_name = '（已依法删除）' and (
               c.id = old.case_id or exists (
                   select 1 from halls_windowact a where a.case_id = c.id and old.act_id in (a.id, a.after_id))))
    then
        return new;
    end if;
    raise exception 'a rating never changes' using errcode = 'restrict_violation';
end
$$;
drop trigger feedback_rating_frozen on feedback_rating;
create trigger feedback_rating_frozen before update or delete on feedback_rating
    for each row execute function feedback_rating_refuse_change();
"""
BACKWARD = """
drop trigger feedback_rating_frozen on feedback_rating;
create trigger feedback_rating_frozen before update or delete on feedback_rating
    for each row execute function feedback_refuse_change();
drop function feedback_rating_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("feedback", "0002_complaints"), ("cases", "0005_clock"), ("halls", "0003_duty")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
