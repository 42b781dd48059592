/* One month of the coarse grain held against its days, and all departments together against each: whatever cell is not the sum. */
with counts as (
    select concat_ws(' ', 'rollup', subject_kind, department_id, item_type, nullif(channel, ''), s.slot) as cell,
           case span when 'day' then s.number else 0 end as days, case span when 'month' then s.number else 0 end as months
    from statistics_rollup
    cross join lateral (values ('received', received), ('accepted', accepted), ('delivered', delivered), ('refused', refused),
                               ('withdrawn', withdrawn), ('terminated', terminated), ('instant', instant), ('early', early),
                               ('on_time', on_time), ('late', late), ('unjudged', unjudged)) as s(slot, number)
    where span = 'month' and first_day = %(first)s or span = 'day' and first_day between %(first)s and %(last)s
    union all
    select concat_ws(' ', 'rollupdays', subject_kind, department_id, item_type, s.days, s.what),
           case span when 'day' then s.number else 0 end, case span when 'month' then s.number else 0 end
    from statistics_rollupdays
    cross join lateral (/*each_count*/) as s(days, what, number)
    where span = 'month' and first_day = %(first)s or span = 'day' and first_day between %(first)s and %(last)s
    union all
    select concat_ws(' ', 'rollup', span_of, first_day, subject_kind, item_type, nullif(channel, ''), s.slot),
           case when span in ('day', 'month') then s.number else 0 end, case when span in ('all-day', 'all-month') then s.number else 0 end
    from (select replace(r.span, 'all-', '') as span_of, r.* from statistics_rollup r) r
    cross join lateral (values ('received', received), ('accepted', accepted), ('delivered', delivered), ('refused', refused),
                               ('withdrawn', withdrawn), ('terminated', terminated), ('instant', instant), ('early', early),
                               ('on_time', on_time), ('late', late), ('unjudged', unjudged)) as s(slot, number)
    where span in ('day', 'month', 'all-day', 'all-month') and first_day between %(first)s and %(last)s
    union all
    select concat_ws(' ', 'days', span_of, first_day, subject_kind, item_type, s.days, s.what),
           case when span in ('day', 'month') then s.number else 0 end, case when span in ('all-day', 'all-month') then s.number else 0 end
    from (select replace(r.span, 'all-', '') as span_of, r.* from statistics_rollupdays r) r
    cross join lateral (/*each_count*/) as s(days, what, number)
    where span in ('day', 'month', 'all-day', 'all-month') and first_day between %(first)s and %(last)s
), compared as (
    select cell, sum(days) as days, sum(months) as months from counts group by cell
), counted as (
    select count(*) as cells, count(*) filter (where days <> months) as differing from compared
)
select 'month', cell, days::bigint, months::bigint, counted.cells, counted.differing
from counted left join lateral (
    select * from compared where days <> months order by cell limit %(most)s
) shown on true
