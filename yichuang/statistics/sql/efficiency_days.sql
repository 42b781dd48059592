/* Working days used and allowed by department and item, over the same rows as the counts. */
with days as (
    select department_id, item_id, item_type, days_used, limit_days, count::bigint as n
    from statistics_dailydays where subject_kind = 'case' and day between %(first)s and %(last)s
    union all
    select department_id, item_id, item_type, days_used, limit_days, quantity
    from journal_fresh
    where subject_kind = 'case' and item_id is not null and kind = 'case.decided' and days_used is not null
      and day between %(first)s and %(last)s
)
select department_id, item_id, days_used, limit_days, sum(n)::bigint
from days
where (item_type = '20' or item_type between '01' and '10')
  and (%(department)s::uuid is null or department_id = %(department)s)
group by 1, 2, 3, 4
order by 1, 2, 3, 4
