/* Received, accepted and concluded by day, for the trend: the three groups only, as in the tables. */
with cells as (
    select day, kind, item_type, count::bigint as n from statistics_daily
    where day between %(first)s and %(last)s and kind in ('case.filed', 'case.accepted', 'case.decided')
      and (%(department)s::uuid is null or department_id = %(department)s)
    union all
    select day, kind, item_type, 1 from journal_fresh
    where subject_kind = 'case' and item_id is not null and day between %(first)s and %(last)s
      and kind in ('case.filed', 'case.accepted', 'case.decided')
      and (%(department)s::uuid is null or department_id = %(department)s)
      and not %(sealed_only)s::boolean
)
select day, kind, sum(n)::bigint from cells
where item_type = '20' or item_type between '01' and '10'
group by day, kind order by day, kind
