/* Working days used and allowed, over the same rows as the counts. */
with days as (
    select department_id, item_type, days_used, limit_days, count::bigint as n
    from statistics_dailydays where day between %(first)s and %(last)s
    union all
    select department_id, item_type, days_used, limit_days, 1
    from journal_fresh
    where subject_kind = 'case' and item_id is not null and kind = 'case.decided' and days_used is not null
      and day between %(first)s and %(last)s and not %(sealed_only)s::boolean
)
select case when item_type = '01' then 'licence' when item_type = '20' then 'public_service'
            when item_type between '02' and '10' then 'other_nine' else 'extension' end as item_group,
       department_id, days_used, limit_days, sum(n)::bigint
from days
where (%(department)s::uuid is null or department_id = %(department)s)
group by 1, 2, 3, 4
