/* Where the cases behind a figure stand: days, departments and sources in order, with how many pieces each has, of the coarse grain
   and of what waits. The expression of the slot and the kinds belong to one measure. */
select day, department_id, subject_kind, sum(n)::bigint
from (
    select first_day as day, department_id, subject_kind, item_type, /*slot*/ as n
    from statistics_rollup
    where span = 'day' and first_day between %(first)s and %(last)s
    union all
    select day, department_id, subject_kind, item_type, quantity
    from journal_fresh
    where /*countable*/ and day between %(first)s and %(last)s and kind = any(%(kinds)s::text[])
      and (%(promptness)s::text[] is null or promptness = any(%(promptness)s))
) c
where item_type = any(%(types)s::text[]) and n <> 0
  and (%(departments)s::uuid[] is null or department_id = any(%(departments)s))
  and (%(after_day)s::date is null
       or (day, department_id, subject_kind) > (%(after_day)s::date, %(after_department)s::uuid, %(after_source)s::text))
group by 1, 2, 3 order by 1, 2, 3
limit %(most)s
