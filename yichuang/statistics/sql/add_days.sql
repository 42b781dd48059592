/* The working days used of a drained batch into the fine grain; corrections as in add.sql. */
with sums as (
    select * from unnest(%(day)s::date[], %(subject_kind)s::text[], %(department_id)s::uuid[], %(item_id)s::uuid[],
                         %(item_type)s::text[], %(days_used)s::int[], %(limit_days)s::int[], %(n)s::bigint[])
    as s(day, subject_kind, department_id, item_id, item_type, days_used, limit_days, n)
), updated as (
    update statistics_dailydays d set count = d.count + s.n from sums s
    where (d.day, d.department_id, d.item_id, d.item_type, d.days_used, d.limit_days, d.subject_kind)
        = (s.day, s.department_id, s.item_id, s.item_type, s.days_used, s.limit_days, s.subject_kind)
    returning d.day, d.department_id, d.item_id, d.item_type, d.days_used, d.limit_days, d.subject_kind
), inserted as (
    insert into statistics_dailydays (day, subject_kind, department_id, item_id, item_type, days_used, limit_days, count)
    select s.* from sums s
    where not exists (
        select from updated u
        where (u.day, u.department_id, u.item_id, u.item_type, u.days_used, u.limit_days, u.subject_kind)
            = (s.day, s.department_id, s.item_id, s.item_type, s.days_used, s.limit_days, s.subject_kind)
    )
    returning 1
)
select (select count(*) from updated) + (select count(*) from inserted)
