"""Schema `exam`: read-only views by which somebody outside checks the platform. docs/exam-schema.md explains each.

They stand here because they look into every room. A later change of a table that a view reads must replace the view.
"""

from django.conf import settings
from django.db import migrations

# The life of a case: where each kind of fact leads; the kinds that are not named keep the state. A test compares this
# with the flow table.
STEPS = """
create view exam.steps as select * from (values
        ('case.filed', 'received'),
        ('case.corrected_on_spot', 'received'),
        ('case.accepted', 'review'),
        ('case.correction_asked', 'correcting'),
        ('case.correction_answered', 'received'),
        ('case.refused', 'refused'),
        ('case.proposed', 'review'),
        ('case.endorsed', 'review'),
        ('case.countersigned', 'review'),
        ('case.sent_back', 'review'),
        ('case.paused', 'special'),
        ('case.pause_overrun', 'special'),
        ('case.resumed', 'review'),
        ('case.extended', 'review'),
        ('case.decided', 'decided'),
        ('case.delivered', 'delivered'),
        ('case.withdrawn', 'terminated'),
        ('case.terminated', 'terminated')
) as s (kind, to_state);
"""
CASES = """
create view exam.cases as
select c.id as case_id, c.number as case_no, c.department_id as dept, c.item_id as item,
       substring(c.number from '^(.*-)[0-9]+$') as series, substring(c.number from '([0-9]+)$')::bigint as serial,
       f.key, c.filed_at, c.accepted_on, c.due_on, c.state, r.content_sha256, c.statutory_due_on, c.decided_on,
       c.closed_on, c.outcome, c.seq, encode(c.last_hash, 'hex') as last_hash
from cases_case c
join journal_fact f on f.subject_id = c.id and f.seq = 1
left join intake_receipt r on r.case_id = c.id;
"""
TRANSITIONS = """
create view exam.transitions as
select subject_id || ':' || seq as id, subject_id as case_id, coalesce(lag(to_state) over w, '') as from_state,
       to_state, actor, at, seq, kind
from (
    select subject_id, seq, kind, actor, at,
           first_value(target) over (partition by subject_id, stretch order by seq) as to_state
    from (
        select f.subject_id, f.seq, f.kind, f.actor, f.at, s.to_state as target,
               count(s.to_state) over (partition by f.subject_id order by f.seq) as stretch
        from journal_fact f left join exam.steps s on s.kind = f.kind
        where f.subject_kind = 'case'
    ) named
) lived
window w as (partition by subject_id order by seq);
"""
AUDIT = """
create view exam.audit as
select f.subject_id as chain, f.seq, f.kind, f.subject_id as object_id,
       case when f.subject_kind = 'case' then f.subject_id || ':' || f.seq end as transition_id, f.actor, f.at,
       encode(sha256(convert_to(f.data, 'UTF8')), 'hex') as commitment, encode(f.prev_hash, 'hex') as prev,
       encode(f.hash, 'hex') as hash, f.subject_kind, f.day, f.department_id as dept, f.ground, f.number, f.data, f.key,
       f.key_hash, l.seal_number as seal, l.position
from journal_fact f
left join journal_leaf l on l.subject_id = f.subject_id and l.seq = f.seq;

create view exam.heads as
select s.number, s.at, s.leaves, s.algorithm, s.root, s.chain as hash, p.place, p.at as told_at, p.key_id, p.signature
from journal_seal s left join journal_publication p on p.seal_number = s.number;
"""
ATTACHMENTS = """
create view exam.attachments as
select m.id, m.case_id, m.sha256, m.size as bytes,
       case when m.sha256 = '' then 'paper' else 'structure_checked' end as scan_state, m.code, m.round, m.added_at
from intake_material m;
"""
SERIALS = """
create view exam.serials as
select substring(n.number from '^(.*-)[0-9]+$') as series, substring(n.number from '([0-9]+)$')::bigint as n,
       'used' as state, n.case_id as object_id, '' as reason, n.number
from cases_number n
union all
select part[1] || '*' || part[3], part[2]::bigint, 'used', f.subject_id, '', f.number
from journal_fact f, coalesce(
    -- FK2026000001: the year stands before the number without any sign between them.
    regexp_match(f.number, '^([A-Z]+[0-9]{4})([0-9]{4,})()$'),
    regexp_match(f.number, '^(.*?)([0-9]+)([^0-9]*)$')) as part
where f.number is not null and f.kind <> 'case.filed';
"""
DEADLINES = """
create view exam.deadlines as
select c.id as case_id, r.rule, c.item_version_id as rule_version, told.calendar as calendar_version,
       c.accepted_on as start_on, coalesce(held.pauses, '[]'::jsonb) as pauses, c.extended_days as extensions,
       coalesce(r.due_on, case when c.state = 'special' then null else told.due ->> r.field end::date) as due_on,
       r.days as limit_days, c.paused_on, r.days_left, c.state,
       coalesce(v.elements -> 'handling' ->> 'limit_rule', 'art42') as limit_rule, c.provisional
from cases_case c
left join catalogue_guideversion v on v.id = c.item_version_id
cross join lateral (values
    ('statutory', 'statutory_due_on', c.statutory_days, c.statutory_due_on, c.statutory_days_left),
    ('promised', 'due_on', c.promised_days, c.due_on, c.days_left)) as r (rule, field, days, due_on, days_left)
left join lateral (
    select (array_agg(f.data::jsonb ->> 'calendar' order by f.seq desc) filter (where f.data::jsonb ? 'calendar'))[1] as calendar,
           (array_agg(f.data::jsonb order by f.seq desc) filter (where f.data::jsonb ? 'statutory_due_on'))[1] as due
    from journal_fact f where f.subject_id = c.id
      and f.kind in ('case.accepted', 'case.resumed', 'case.extended', 'case.recomputed', 'case.decided')) told on true
left join lateral (
    select jsonb_agg(jsonb_build_object('from', p.day, 'to', p.until, 'ground', p.ground) order by p.seq) as pauses
    from (select f.seq, f.day, f.ground,
                 (select g.day from journal_fact g where g.subject_id = c.id and g.seq > f.seq
                    and g.kind in ('case.resumed', 'case.decided', 'case.withdrawn', 'case.terminated')
                  order by g.seq limit 1) as until
          from journal_fact f where f.subject_id = c.id and f.kind = 'case.paused') p) held on true
where c.accepted_on is not null;
"""
# There is no room of licences yet: the columns stand so that checks can be written.
LICENCES = """
create view exam.licences as
select null::uuid as id, null::uuid as case_id, null::text as number, null::text as state, null::text as body_sha256
where false;
"""
JOBS = """
create view exam.jobs as
select j.id, j.task_name as kind, coalesce(j.queueing_lock, j.task_name || ' ' || j.args::text) as dedupe,
       j.status::text as state, j.attempts, j.scheduled_at as due_at, j.queue_name as queue
from procrastinate_jobs j;
"""
STATS = """
create view exam.stats as
select s.id as report_id, s.as_of, concat_ws('|', cell ->> 'scope', cell ->> 'group', coalesce(cell ->> 'department', ''),
           cell ->> 'measure', cell ->> 'first_day', cell ->> 'last_day') as cell,
       cell ->> 'value' as value, s.seal, s.sha256
from statistics_snapshot s cross join lateral jsonb_array_elements(s.figures::jsonb) as cell;
"""
GRANTS = """
create view exam.grants as
with held as (
    select f.subject_id as account_id, (f.data::jsonb ->> 'post')::uuid as post_id, (f.data::jsonb ->> 'is_active')::boolean as active,
           f.at as from_at, lead(f.at) over (partition by f.subject_id order by f.seq) as to_at
    from journal_fact f where f.subject_kind = 'staff' and f.data::jsonb ? 'post'
), given as (
    select f.subject_id as post_id, f.data::jsonb as data, f.at as from_at,
           lead(f.at) over (partition by f.subject_id order by f.seq) as to_at
    from journal_fact f where f.subject_kind = 'post' and f.data::jsonb ? 'capabilities'
)
select 'staff:' || h.account_id as "user", g.data ->> 'name' as role, p.department_id as dept,
       greatest(h.from_at, g.from_at) as from_at, least(h.to_at, g.to_at) as to_at, a.username,
       array(select jsonb_array_elements_text(g.data -> 'capabilities')) as capabilities,
       coalesce((g.data ->> 'everywhere')::boolean, false) as everywhere
from held h
join given g on g.post_id = h.post_id and g.from_at < coalesce(h.to_at, 'infinity') and h.from_at < coalesce(g.to_at, 'infinity')
join directory_post p on p.id = h.post_id
join directory_account a on a.id = h.account_id
where h.active and coalesce((g.data ->> 'is_active')::boolean, true);
"""
VIEWS = (
    STEPS, CASES, TRANSITIONS, AUDIT, ATTACHMENTS, SERIALS, DEADLINES, LICENCES, JOBS, STATS, GRANTS,
)  # fmt: skip


def grant(apps, schema_editor):
    """Auditors and reports read the views; nobody writes through them, the application does not see them."""
    with schema_editor.connection.cursor() as cursor:
        for role in ("report", "audit"):
            name = settings.DATABASE_ROLES[role]
            cursor.execute("select 1 from pg_roles where rolname = %s", [name])
            if cursor.fetchone() is not None:
                cursor.execute(f'grant usage on schema exam to "{name}"')
                cursor.execute(f'grant select on all tables in schema exam to "{name}"')


class Migration(migrations.Migration):
    """The read-only views of the verification contract."""

    dependencies = [
        ("effects", "0001_initial"),
        ("journal", "0005_views"),
        ("cases", "0006_exam"),
        ("intake", "0004_receipts"),
        ("statistics", "0003_scores"),
        ("directory", "0005_reach"),
        ("catalogue", "0003_lists"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]

    operations = [
        migrations.RunSQL("create schema exam;\n" + "\n".join(VIEWS), "drop schema exam cascade"),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
