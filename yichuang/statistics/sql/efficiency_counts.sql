/* What was filed (and how) and concluded by department and item: drained days and rows not drained yet. */
with cells as (
    select kind, department_id, item_id, item_type, channel, promptness, count::bigint as n
    from statistics_daily
    where day between %(first)s and %(last)s and kind in ('case.filed', 'case.decided')
    union all
    select kind, department_id, item_id, item_type, channel, coalesce(promptness, ''), quantity
    from journal_fresh
    where subject_kind = 'case' and item_id is not null and day between %(first)s and %(last)s
      and kind in ('case.filed', 'case.decided')
)
select department_id, item_id,
       coalesce(sum(n) filter (where kind = 'case.filed'), 0)::bigint as filed,
       coalesce(sum(n) filter (where kind = 'case.filed' and channel = any(%(online)s::text[])), 0)::bigint as filed_online,
       coalesce(sum(n) filter (where kind = 'case.decided'), 0)::bigint as concluded,
       coalesce(sum(n) filter (where kind = 'case.decided' and promptness in ('instant', 'early')), 0)::bigint as early
from cells
where (item_type = '20' or item_type between '01' and '10')
  and (%(department)s::uuid is null or department_id = %(department)s)
group by department_id, item_id
