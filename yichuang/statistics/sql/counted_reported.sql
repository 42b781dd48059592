/* The cases of departments' own systems of some cells, as counted_case.sql reads the platform's. What a system has taken back on
   its day (quantity -1) is not listed, nor what was in doubt or taken back before it counted: such a fact names no item. Reads the
   table of the exchange, whose cases have no confidentiality of their own. */
/*reported_of_cells*/
cross join lateral (
    select f.subject_id
    from journal_fact f join exchange_case c on c.id = f.subject_id
    where f.day = x.day and f.department_id = x.department_id and f.kind = x.kind
      and f.subject_id > x.after
      and c.item_type = any(%(types)s::text[])
      and (%(promptness)s::text[] is null or c.promptness = any(%(promptness)s))
      and (%(scope)s::uuid[] is null or c.department_id = any(%(scope)s)) and %(clearance)s >= 0
    group by f.subject_id
    having sum(coalesce((f.data::jsonb ->> 'quantity')::int, 1)) filter (where f.data::jsonb ? 'item_type') > 0
    order by f.subject_id
    limit %(limit)s
) f
join exchange_case c on c.id = f.subject_id
left join catalogue_item i on i.id = c.item_id
order by x.place, c.id
limit %(limit)s
