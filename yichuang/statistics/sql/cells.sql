/* Counts by group and promptness over a period: drained days and rows not drained yet, in one statement. */
with cells as (
    select kind, department_id, item_type, promptness, count::bigint as n
    from statistics_daily where day between %(first)s and %(last)s
    union all
    select kind, department_id, item_type, coalesce(promptness, ''), 1
    from journal_fresh where subject_kind = 'case' and item_id is not null and day between %(first)s and %(last)s
      and not %(sealed_only)s::boolean
)
select case when item_type = '01' then 'licence' when item_type = '20' then 'public_service'
            when item_type between '02' and '10' then 'other_nine' else 'extension' end as item_group,
       department_id, kind, promptness, sum(n)::bigint
from cells
where (%(department)s::uuid is null or department_id = %(department)s)
group by 1, 2, 3, 4
