/* The trace of facts whose day had passed when they were drained. */
insert into statistics_late as l (day, drained_on, kind, department_id, item_type, count, facts)
select day, %(drained_on)s, kind, department_id, item_type, sum(n)::bigint, sum(facts)::bigint
from unnest(%(day)s::date[], %(kind)s::text[], %(department_id)s::uuid[], %(item_type)s::text[], %(n)s::bigint[],
            %(facts)s::bigint[]) as c(day, kind, department_id, item_type, n, facts)
where day < %(drained_on)s and kind in (/*counted_kinds*/)
group by day, kind, department_id, item_type order by day, kind, department_id, item_type
on conflict (day, drained_on, kind, department_id, item_type)
do update set count = l.count + excluded.count, facts = l.facts + excluded.facts
