/* A year of generated daily figures, and the November before it, for so many cases a year: sixty departments by Zipf, three types, three channels, seven days a
   week; a number below one is a day that has a case or none, by the hash of its cell. Run as the superuser. */
truncate statistics_rollup, statistics_rollupdays;
with days as (
    select d::date as day, case when extract(isodow from d) > 5 then 0.4::float8 else 1.24 end as busy
    from (select generate_series('2021-11-01'::date, '2021-11-30'::date, interval '1 day')
          union all select generate_series('2022-01-01'::date, '2022-11-30'::date, interval '1 day')) as s(d)
), cells as (
    select day, lpad(to_hex(dep), 32, '0')::uuid as department_id, t.item_type, c.channel, t.source,
           ':cases'::float8 / 365 * busy / dep / 4.68 * t.share * c.share as x, dep
    from days, generate_series(1, 60) dep,
         (values ('20', 'reported', 0.72), ('20', 'case', 0.08), ('01', 'case', 0.15), ('05', 'case', 0.05)) t(item_type, source, share),
         (values ('1', 0.2), ('2', 0.5), ('3', 0.3)) c(channel, share)
), chance as (
    select *, (hashtext(day::text || dep || item_type || source || channel) & 65535) / 65536.0 as r from cells
)
insert into statistics_rollup (span, first_day, department_id, item_type, channel, subject_kind, received, accepted, delivered,
                               refused, terminated, instant, early, on_time, late, unjudged)
select 'day', day, department_id, item_type, channel, source,
       case when source = 'case' then floor(x * 1.05 + r) else 0 end, floor(x + r), floor(x * 0.4 + r),
       case when source = 'case' then floor(x * 0.02 + r) else 0 end, floor(x * 0.01 + r),
       case when source = 'case' then floor(x * 0.4 + r) else 0 end, case when source = 'case' then floor(x * 0.3 + r) else 0 end,
       case when source = 'case' then floor(x * 0.2 + r) else 0 end, case when source = 'case' then floor(x * 0.01 + r) else 0 end,
       case when source = 'case' then 0 else floor(x * 0.42 + r) end
from chance where floor(x * 1.05 + r) > 0;
with counted as (
    select first_day, department_id, item_type, subject_kind, sum(instant + early + on_time + late)::float8 as decided
    from statistics_rollup where subject_kind = 'case' group by 1, 2, 3, 4
), spread as (
    select c.*, u as days_used, decided * (case u when 0 then 0.5 else 0.5 * 0.22 * power(0.8::float8, u - 1) end) as x,
           (hashtext(first_day::text || department_id || item_type || u) & 65535) / 65536.0 as r
    from counted c, generate_series(0, 25) u
)
insert into statistics_rollupdays (span, first_day, department_id, item_type, subject_kind, days_from, counts, limited, limit_days)
select 'day', first_day, department_id, item_type, subject_kind, 0, array_agg(floor(x + r)::bigint order by days_used) || array_fill(0::bigint, array[6]),
       sum(floor(x + r)), sum(floor(x + r)) * 20
from spread group by first_day, department_id, item_type, subject_kind having sum(floor(x + r)) > 0;
insert into statistics_rollup (span, first_day, department_id, item_type, channel, subject_kind, received, accepted, delivered,
                               refused, withdrawn, terminated, instant, early, on_time, late, unjudged)
select 'month', date_trunc('month', first_day), department_id, item_type, channel, subject_kind, sum(received), sum(accepted),
       sum(delivered), sum(refused), sum(withdrawn), sum(terminated), sum(instant), sum(early), sum(on_time), sum(late), sum(unjudged)
from statistics_rollup where span = 'day' group by 2, 3, 4, 5, 6;
insert into statistics_rollupdays (span, first_day, department_id, item_type, subject_kind, days_from, counts, limited, limit_days)
select 'month', date_trunc('month', first_day), department_id, item_type, subject_kind, days_from, /*merged*/, sum(limited), sum(limit_days)
from statistics_rollupdays where span = 'day' group by 2, 3, 4, 5, 6;
insert into statistics_rollup (span, first_day, department_id, item_type, channel, subject_kind, received, accepted, delivered,
                               refused, withdrawn, terminated, instant, early, on_time, late, unjudged)
select 'all-' || span, first_day, '00000000-0000-0000-0000-000000000000'::uuid, item_type, channel, subject_kind, sum(received), sum(accepted), sum(delivered),
       sum(refused), sum(withdrawn), sum(terminated), sum(instant), sum(early), sum(on_time), sum(late), sum(unjudged)
from statistics_rollup group by 1, 2, 4, 5, 6;
insert into statistics_rollupdays (span, first_day, department_id, item_type, subject_kind, days_from, counts, limited, limit_days)
select 'all-' || span, first_day, '00000000-0000-0000-0000-000000000000'::uuid, item_type, subject_kind, days_from, /*merged*/, sum(limited), sum(limit_days)
from statistics_rollupdays group by 1, 2, 4, 5, 6;
