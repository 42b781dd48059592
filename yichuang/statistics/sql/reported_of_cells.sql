/* What a list of cells says of a reported case, and the cells that are asked for. */
select x.place, c.id, c.source_number, coalesce(i.name, c.item_code), x.department_id, x.day,
       case when x.kind = 'reported.decided' then nullif(c.outcome, '') end, case when x.kind = 'reported.decided' then nullif(c.promptness, '') end,
       case when x.kind = 'reported.decided' then c.days_used end
from unnest(%(days)s::date[], %(departments)s::uuid[], %(cell_kinds)s::text[],
            %(afters)s::uuid[], %(places)s::int[])
     as x(day, department_id, kind, after, place)
