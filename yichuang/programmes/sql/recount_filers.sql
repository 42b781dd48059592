/* The day counts of filers from the cases themselves, without what still waits in the queue: the drain adds that.
   Whoever runs this holds the drain's lock, so that no fact is drained between the two. */
with whole as (
    select f.id as filer_id, c.id as case_id, c.filed_on, c.state, c.accepted_on,
           exists (select 1 from journal_fact j where j.subject_id = c.id and j.seq = 1 and j.key like 'bulk:%%') as bulk
    from programmes_filer f
    join programmes_campaign p on p.id = f.campaign_id
    cross join lateral unnest(f.applicants) as a (applicant_id)
    join cases_case c on c.applicant_id = a.applicant_id and c.item_id = any(p.items)
    where f.id = any(%(filers)s::uuid[])
), counted as (
    select w.filer_id, w.filed_on, (w.state <> all(%(not_counted)s))::int as filed, w.bulk,
           (w.state <> all(%(not_counted)s) and w.accepted_on is not null)::int as accepted,
           (w.state in ('decided', 'delivered'))::int as decided, (w.state = 'delivered')::int as delivered
    from whole w
    union all
    select w.filer_id, w.filed_on, (q.kind = any(%(ended)s))::int - (q.kind = 'case.filed')::int, w.bulk,
           (q.kind = any(%(ended)s) and w.accepted_on is not null)::int - (q.kind = 'case.accepted')::int,
           -(q.kind = 'case.decided')::int, -(q.kind = 'case.delivered')::int
    from whole w join journal_fresh q on q.subject_id = w.case_id and q.kind = any(%(kinds)s)
)
insert into programmes_filerday (filer_id, filed_on, filed, bulk, accepted, decided, delivered)
select filer_id, filed_on, sum(filed), coalesce(sum(filed) filter (where bulk), 0), sum(accepted), sum(decided), sum(delivered)
from counted group by filer_id, filed_on order by filer_id, filed_on
