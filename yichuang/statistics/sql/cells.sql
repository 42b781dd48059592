/*one plan*/ /* Counts by group, department and source over a period: whole months and single days of the coarse grain, and rows not drained
   yet, in one statement. */
with spans as (
    select * from unnest(%(spans)s::text[], %(firsts)s::date[], %(lasts)s::date[]) as s(span, first, last)
), cells as (
    select r.subject_kind, r.department_id, r.item_type, r.received, r.accepted, r.delivered, r.refused, r.withdrawn,
           r.terminated, r.instant, r.early, r.on_time, r.late, r.unjudged
    from spans s cross join lateral (
        -- Kept apart, so that each stretch is read by the index, never the whole table.
        select * from statistics_rollup r where r.span = s.span and r.first_day between s.first and s.last offset 0
    ) r
    union all
    select subject_kind, department_id, item_type, /*slots*/
    from (select subject_kind, department_id, item_type, kind, promptness, quantity as n
          from /*queue*/
          where is_counted and day between %(first)s and %(last)s and not %(sealed_only)s::boolean) f
    group by 1, 2, 3
)
select case when item_type = '01' then 'licence' when item_type = '20' then 'public_service'
            when item_type between '02' and '10' then 'other_nine' else 'extension' end as item_group,
       department_id, subject_kind, sum(received)::bigint as received, sum(accepted)::bigint as accepted, sum(delivered)::bigint as delivered,
       sum(refused)::bigint as refused, sum(withdrawn)::bigint as withdrawn, sum(terminated)::bigint as terminated, sum(instant)::bigint as instant, sum(early)::bigint as early,
       sum(on_time)::bigint as on_time, sum(late)::bigint as late, sum(unjudged)::bigint as unjudged
from cells
where (%(department)s::uuid is null or department_id = %(department)s)
group by 1, 2, 3
