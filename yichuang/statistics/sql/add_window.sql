/* A drained batch of window acts into their daily table, by how many pieces each counts.
   A cancellation that comes in a later batch than its act is a negative sum: cells that are there are updated, and
   only new ones inserted (a row proposed for insertion is checked before a conflict would turn it into an update). */
with batch as (
    select * from unnest(%(day)s::date[], %(kind)s::text[], %(department_id)s::uuid[], %(quantity)s::int[])
    as b(day, kind, department_id, quantity)
), sums as (
    select day, kind, department_id, sum(quantity)::bigint as n from batch group by 1, 2, 3 order by 1, 2, 3
), updated as (
    update statistics_dailywindow d set count = d.count + s.n from sums s
    where d.day = s.day and d.kind = s.kind and d.department_id is not distinct from s.department_id
    returning d.day, d.kind, d.department_id
), inserted as (
    insert into statistics_dailywindow (day, kind, department_id, count)
    select s.day, s.kind, s.department_id, s.n from sums s
    where not exists (
        select from updated u
        where u.day = s.day and u.kind = s.kind and u.department_id is not distinct from s.department_id
    )
    returning 1
)
select (select count(*) from updated) + (select count(*) from inserted)
