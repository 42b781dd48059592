/* Of cells of which a question wants few, the cases of departments' own systems, as counted_reported.sql lists them: by the day that
   the case itself keeps, of an index that knows type and promptness, so that what is not wanted is not read. A case has at most one
   event of a kind that counts, and keeps its day; the fact is looked at all the same, for it is what was counted.
   The column and the condition of the index belong to the measure. A range of types, that the index can judge, then the types. */
/*reported_of_cells*/
cross join lateral (
    select c.id
    from exchange_case c
    where c./*day*/ = x.day and c.department_id = x.department_id and c.id > x.after
      and /*seldom*/
      and c.item_type between %(lowest)s and %(highest)s and c.item_type = any(%(types)s::text[])
      and (%(scope)s::uuid[] is null or c.department_id = any(%(scope)s)) and %(clearance)s >= 0
      and (select sum(coalesce((f.data::jsonb ->> 'quantity')::int, 1)) filter (where f.data::jsonb ? 'item_type') from journal_fact f
           where f.day = x.day and f.kind = x.kind and f.department_id = x.department_id and f.subject_id = c.id) > 0
    order by c.id
    limit %(limit)s
) f
join exchange_case c on c.id = f.id
left join catalogue_item i on i.id = c.item_id
order by x.place, c.id
limit %(limit)s
