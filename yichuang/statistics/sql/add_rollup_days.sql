/* The histogram of days used of the coarse grain: a row holds the counts of thirty-two numbers of days. */
with cells as (
    select * from unnest(%(day)s::date[], %(subject_kind)s::text[], %(department_id)s::uuid[], %(item_type)s::text[],
                         %(days_used)s::int[], %(limit_days)s::int[], %(n)s::bigint[])
    as c(day, subject_kind, department_id, item_type, days_used, limit_days, n)
), each_number as (
    select span, first_day, whose as department_id, item_type, subject_kind, days_used, sum(n)::bigint as n,
           coalesce(sum(n) filter (where limit_days >= 0), 0)::bigint as limited,
           coalesce(sum(n * limit_days) filter (where limit_days >= 0), 0)::bigint as limit_days
    from cells
    cross join lateral (values ('day', day, department_id), ('month', date_trunc('month', day)::date, department_id),
                               ('all-day', day, '00000000-0000-0000-0000-000000000000'::uuid),
                               ('all-month', date_trunc('month', day)::date, '00000000-0000-0000-0000-000000000000'::uuid))
                       as s(span, first_day, whose)
    group by 1, 2, 3, 4, 5, 6
), sums as (
    select span, first_day, department_id, item_type, subject_kind, days_used / 32 * 32 as days_from, /*packed*/ as counts,
           sum(limited)::bigint as limited, sum(limit_days)::bigint as limit_days
    from each_number
    group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6
), updated as (
    update statistics_rollupdays r
    set counts = /*added*/,
        limited = r.limited + s.limited, limit_days = r.limit_days + s.limit_days
    from sums s
    where (r.span, r.first_day, r.department_id, r.item_type, r.subject_kind, r.days_from)
        = (s.span, s.first_day, s.department_id, s.item_type, s.subject_kind, s.days_from)
    returning r.span, r.first_day, r.department_id, r.item_type, r.subject_kind, r.days_from
), inserted as (
    insert into statistics_rollupdays (span, first_day, department_id, item_type, subject_kind, days_from, counts, limited,
                                       limit_days)
    select s.* from sums s
    where not exists (
        select from updated u
        where (u.span, u.first_day, u.department_id, u.item_type, u.subject_kind, u.days_from)
            = (s.span, s.first_day, s.department_id, s.item_type, s.subject_kind, s.days_from)
    )
    returning 1
)
select (select count(*) from updated) + (select count(*) from inserted)
