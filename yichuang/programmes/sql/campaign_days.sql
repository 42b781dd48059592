/* Cases of campaigns by filer and day of filing, exact at any moment: what was drained, and what still waits in the queue.
   However many cases there are, as many rows are read as filers have days, and as the queue has facts of these items.
   A filer that was removed counts up to the day of its removal (least() passes over nulls). */
with chosen as (
    select f.id, f.applicants, f.starts_on, least(%(today)s::date, f.removed_on) as last_on, p.items
    from programmes_filer f join programmes_campaign p on p.id = f.campaign_id
    where f.campaign_id = any(%(campaigns)s::uuid[])
), waiting as (
    select q.subject_id, (q.kind = 'case.filed')::int - (q.kind = any(%(ended)s))::int as sign,
           (q.kind = 'case.accepted')::int as accepted, -(q.kind = any(%(ended)s))::int as ended,
           (q.kind = 'case.decided')::int as decided, (q.kind = 'case.delivered')::int as delivered
    from journal_fresh q
    where q.kind = any(%(kinds)s) and q.item_id in (select unnest(items) from chosen)
), found as (
    select d.filer_id, d.filed_on, d.filed, d.bulk, d.accepted, d.decided, d.delivered
    from chosen f join programmes_filerday d on d.filer_id = f.id and d.filed_on between f.starts_on and f.last_on
    union all
    select f.id, c.filed_on, q.sign,
           case when q.sign <> 0 and exists (select 1 from journal_fact j where j.subject_id = q.subject_id and j.seq = 1
                                             and j.key like 'bulk:%%') then q.sign else 0 end,
           q.accepted + q.ended * (c.accepted_on is not null)::int, q.decided, q.delivered
    from waiting q
    -- offset 0: a waiting fact asks for its case; the cases are never gone through for what waits, whatever the planner thinks.
    cross join lateral (select * from cases_case where id = q.subject_id offset 0) c
    join chosen f on c.item_id = any(f.items) and c.applicant_id = any(f.applicants) and c.filed_on between f.starts_on and f.last_on
)
select filer_id, filed_on, sum(filed)::int, sum(bulk)::int, sum(accepted)::int, sum(decided)::int, sum(delivered)::int
from found group by filer_id, filed_on
