/* The coarse grain of one day again, out of the fine one. */
with counts as (
    insert into statistics_rollup (span, first_day, department_id, item_type, channel, subject_kind, received, accepted,
                                   delivered, refused, withdrawn, terminated, instant, early, on_time, late, unjudged)
    select s.span, day, s.whose, item_type, channel, split_part(kind, '.', 1), /*slots*/
    from (select *, count as n from statistics_daily) d cross join lateral (values ('day', department_id), ('all-day', '00000000-0000-0000-0000-000000000000'::uuid)) as s(span, whose)
    where day = %(day)s and kind in (/*counted_kinds*/)
    group by s.span, day, s.whose, item_type, channel, split_part(kind, '.', 1)
    returning 1
), days as (
    insert into statistics_rollupdays (span, first_day, department_id, item_type, subject_kind, days_from, counts, limited,
                                       limit_days)
    select s.span, day, s.whose, item_type, subject_kind, days_used / 32 * 32, /*packed*/,
           coalesce(sum(n) filter (where limit_days >= 0), 0), coalesce(sum(n * limit_days) filter (where limit_days >= 0), 0)
    from (select *, count as n from statistics_dailydays) d cross join lateral (values ('day', department_id), ('all-day', '00000000-0000-0000-0000-000000000000'::uuid)) as s(span, whose)
    where day = %(day)s
    group by s.span, day, s.whose, item_type, subject_kind, days_used / 32 * 32
    returning 1
)
select (select count(*) from counts) + (select count(*) from days)
