"""How the busy tables are cleaned: vacuum comes by the number of dead rows, not by a share of a table of millions.

A table made `like` another takes over none of these settings, so the function that makes quarters sets them too.
"""

from django.conf import settings
from django.db import migrations

from yichuang.kernel.online import Gently

# Rows live for a second: cleaned often and at full speed, analysed seldom.
QUEUE = (
    "autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0, "
    "autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 20000"
)
# Rows of a running quarter change five times: a fiftieth dead is enough, whatever the quarter holds.
CHANGING = "autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_analyze_scale_factor = 0.05"
# Rows are only added: made visible and frozen while they are in memory, so that looks into the index alone stay cheap.
ADDED = (
    "autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_vacuum_insert_threshold = 10000, "
    "autovacuum_freeze_min_age = 1000000"
)

QUARTER = """
create or replace function journal_tune_quarter(name text, frozen boolean) returns void
language plpgsql set search_path = public, pg_temp as $$
begin
    execute format('alter table %I set (' || case when frozen then '{added}' else '{changing}' end || ')', name);
end $$;
create or replace function journal_ensure_quarter(parent_name text, any_day date) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    first_day date := date_trunc('quarter', any_day)::date;
    name text := parent_name || '_' || to_char(first_day, 'YYYY') || 'q' || to_char(first_day, 'Q');
    frozen boolean;
    lower_ms bigint := extract(epoch from first_day::timestamp at time zone 'Asia/Shanghai') * 1000;
    upper_ms bigint := extract(epoch from (first_day + interval '3 months')::timestamp at time zone 'Asia/Shanghai') * 1000;
begin
    select append_only into frozen from journal_partitioned where parent = parent_name;
    if frozen is null then
        raise exception 'journal_ensure_quarter: % is not a partitioned table of this house', parent_name;
    end if;
    if to_regclass(name) is not null then
        return name;
    end if;
    perform pg_advisory_xact_lock(hashtext('journal_ensure_quarter'));
    if to_regclass(name) is not null then
        return name;
    end if;
    execute format('create table %I (like %I including all)', name, parent_name);
    {tune}
    execute format(
        'alter table %I attach partition %I for values from (%L) to (%L)', parent_name, name,
        (rpad(lpad(to_hex(lower_ms), 12, '0'), 32, '0'))::uuid, (rpad(lpad(to_hex(upper_ms), 12, '0'), 32, '0'))::uuid);
    if frozen then
        execute format('revoke update, delete, truncate on %I from %I', name, '{app}');
    end if;
    return name;
end $$;
"""


def made(tune: str) -> str:
    """The functions, with or without the settings."""
    texts = {
        "{tune}": tune,
        "{app}": settings.DATABASE_ROLES["app"],
        "{added}": ADDED,
        "{changing}": CHANGING,
    }
    text = QUARTER
    for mark, value in texts.items():
        text = text.replace(mark, value)
    return text


STANDING = """
do $$
declare one record;
begin
    for one in select c.relname as name, p.append_only from journal_partitioned p
               join pg_inherits h on h.inhparent = to_regclass(p.parent) join pg_class c on c.oid = h.inhrelid loop
        perform journal_tune_quarter(one.name, one.append_only);
    end loop;
end $$
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("journal", "0007_lists")]

    operations = [
        migrations.RunSQL(made("perform journal_tune_quarter(name, frozen);"), made("")),
        Gently(
            (f"alter table journal_fresh set ({QUEUE})", STANDING),
            (
                "alter table journal_fresh reset (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, "
                "autovacuum_vacuum_cost_delay, autovacuum_analyze_scale_factor, autovacuum_analyze_threshold)",
            ),
        ),
    ]
