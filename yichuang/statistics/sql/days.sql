/* The histogram of working days used, and the limits allowed, over the same rows as the counts. */
with spans as (
    select * from unnest(%(spans)s::text[], %(firsts)s::date[], %(lasts)s::date[]) as s(span, first, last)
), days as (
    select r.department_id, r.item_type, r.days_used, r.count as n, r.limited, r.limit_days
    from spans s cross join lateral (
        select * from statistics_rollupdays r where r.span = s.span and r.first_day between s.first and s.last offset 0
    ) r
    union all
    select department_id, item_type, days_used, quantity, case when limit_days is null then 0 else quantity end,
           coalesce(quantity * limit_days, 0)
    from journal_fresh
    where /*countable*/ and kind in ('case.decided', 'reported.decided') and days_used is not null
      and day between %(first)s and %(last)s and not %(sealed_only)s::boolean
)
select case when item_type = '01' then 'licence' when item_type = '20' then 'public_service'
            when item_type between '02' and '10' then 'other_nine' else 'extension' end as item_group,
       case when %(by_department)s::boolean then department_id end as department_id, days_used, sum(n)::bigint,
       sum(limited)::bigint, sum(limit_days)::bigint
from days
where (%(department)s::uuid is null or department_id = %(department)s)
group by 1, 2, 3
having sum(n) <> 0
