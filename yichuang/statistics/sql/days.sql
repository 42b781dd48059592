/*one plan*/ /* The histogram of working days used, and the limits allowed, over the same rows as the counts: thirty-two counts in one text, or
   one count alone for what is not drained yet. As many rows as departments and groups, whatever the number of cases. */
with spans as (
    select * from unnest(%(spans)s::text[], %(firsts)s::date[], %(lasts)s::date[]) as s(span, first, last)
), days as (
    select r.department_id, r.item_type, r.days_from, r.counts, r.limited, r.limit_days
    from spans s cross join lateral (
        select * from statistics_rollupdays r where r.span = s.span and r.first_day between s.first and s.last offset 0
    ) r
    where (%(department)s::uuid is null or department_id = %(department)s)
), fresh as (
    select department_id, item_type, days_used, quantity as n, case when limit_days is null then 0 else quantity end as limited,
           coalesce(quantity * limit_days, 0) as limit_days
    from /*queue*/
    where is_counted and kind in ('case.decided', 'reported.decided') and days_used is not null
      and day between %(first)s and %(last)s and not %(sealed_only)s::boolean
      and (%(department)s::uuid is null or department_id = %(department)s)
)
select case when item_type = '01' then 'licence' when item_type = '20' then 'public_service'
            when item_type between '02' and '10' then 'other_nine' else 'extension' end as item_group,
       case when %(by_department)s::boolean then department_id end as department_id, days_from,
       array_to_string(/*merged*/, ','), sum(limited)::bigint, sum(limit_days)::bigint
from days group by 1, 2, 3
union all
select case when item_type = '01' then 'licence' when item_type = '20' then 'public_service'
            when item_type between '02' and '10' then 'other_nine' else 'extension' end,
       case when %(by_department)s::boolean then department_id end, days_used, sum(n)::text, sum(limited)::bigint,
       sum(limit_days)::bigint
from fresh group by 1, 2, 3
