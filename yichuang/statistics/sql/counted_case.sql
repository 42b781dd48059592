/* The platform's own cases of some cells, in the order of the cells: each cell is one stretch of the index of facts by day, kind and
   department, and no more of it is read than a page needs. */
select x.place, c.id, c.number, c.item_name, x.department_id, x.day,
       case when f.kind = 'case.decided' then c.outcome end, case when f.kind = 'case.decided' then c.promptness end,
       case when f.kind = 'case.decided' then c.days_used end
from unnest(%(days)s::date[], %(departments)s::uuid[], %(cell_kinds)s::text[],
            %(afters)s::uuid[], %(places)s::int[])
     as x(day, department_id, kind, after, place)
cross join lateral (
    select f.subject_id, f.kind
    from journal_fact f join cases_case c on c.id = f.subject_id
    where f.day = x.day and f.department_id = x.department_id and f.kind = x.kind
      and f.subject_id > x.after
      and c.item_type = any(%(types)s::text[])
      and (%(promptness)s::text[] is null or c.promptness = any(%(promptness)s))
      and (%(scope)s::uuid[] is null or c.department_id = any(%(scope)s)) and c.confidentiality <= %(clearance)s
    order by f.subject_id
    limit %(limit)s
) f
join cases_case c on c.id = f.subject_id
order by x.place, c.id
limit %(limit)s
