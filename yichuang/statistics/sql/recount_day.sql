/* One day counted again from its facts and held against every table of figures, in one statement and so at one moment. Every
   cell is a sum of what the facts say and the negative of what the table says: what is not zero differs. */
with /*recount_facts*/, fine as (
    select concat_ws(' ', kind, department_id, item_id, item_type, nullif(region, ''), nullif(channel, ''),
                     nullif(outcome, ''), nullif(promptness, '')) as cell, sum(n) as facts, 0::bigint as stored
    from facts group by kind, department_id, item_id, item_type, region, channel, outcome, promptness
    union all
    select concat_ws(' ', kind, department_id, item_id, item_type, nullif(region, ''), nullif(channel, ''),
                     nullif(outcome, ''), nullif(promptness, '')), 0, count
    from statistics_daily where day = %(day)s
), fine_days as (
    select concat_ws(' ', subject_kind, department_id, item_id, item_type, days_used, limit_days) as cell, sum(n) as facts,
           0::bigint as stored
    from facts where kind in ('case.decided', 'reported.decided') and days_used is not null
    group by subject_kind, department_id, item_id, item_type, days_used, limit_days
    union all
    select concat_ws(' ', subject_kind, department_id, item_id, item_type, days_used, limit_days), 0, count
    from statistics_dailydays where day = %(day)s
), coarse as (
    select concat_ws(' ', split_part(kind, '.', 1), department_id, item_type, nullif(channel, ''),
                     case split_part(kind, '.', 2)
                     when 'filed' then 'received'
                     when 'decided' then case when promptness in ('instant', 'early', 'on_time', 'late') then promptness
                                         else 'unjudged' end
                     else split_part(kind, '.', 2) end) as cell, sum(n) as facts, 0::bigint as stored
    from facts where kind in (/*counted_kinds*/)
    group by 1
    union all
    select concat_ws(' ', subject_kind, department_id, item_type, nullif(channel, ''), s.slot), 0, s.number
    from statistics_rollup r
    cross join lateral (values ('received', received), ('accepted', accepted), ('delivered', delivered), ('refused', refused),
                               ('withdrawn', withdrawn), ('terminated', terminated), ('instant', instant), ('early', early),
                               ('on_time', on_time), ('late', late), ('unjudged', unjudged)) as s(slot, number)
    where span = 'day' and first_day = %(day)s
), coarse_days as (
    select concat_ws(' ', subject_kind, department_id, item_type, s.days, s.what) as cell, sum(s.number) as facts,
           0::bigint as stored
    from facts
    cross join lateral (values (days_used, 'count', n),
                               (days_used / 32 * 32, 'limited', case when limit_days >= 0 then n else 0 end),
                               (days_used / 32 * 32, 'limit_days', case when limit_days >= 0 then n * limit_days else 0 end))
                       as s(days, what, number)
    where kind in ('case.decided', 'reported.decided') and days_used is not null
    group by 1
    union all
    select concat_ws(' ', subject_kind, department_id, item_type, s.days, s.what), 0, s.number
    from statistics_rollupdays
    cross join lateral (/*each_count*/) as s(days, what, number)
    where span = 'day' and first_day = %(day)s
), acts as (
    select concat_ws(' ', kind, department_id) as cell, sum((data::jsonb ->> 'quantity')::bigint) as facts, 0::bigint as stored
    from taken where subject_kind = 'window_act' group by 1
    union all
    select concat_ws(' ', kind, department_id), 0, count from statistics_dailywindow where day = %(day)s
), compared as (
    select grain, cell, sum(facts) as facts, sum(stored) as stored
    from (select 'daily' as grain, * from fine union all select 'dailydays', * from fine_days
          union all select 'rollup', * from coarse union all select 'rollupdays', * from coarse_days
          union all select 'dailywindow', * from acts) every
    group by grain, cell
), counted as (
    select count(*) as cells, count(*) filter (where facts <> stored) as differing from compared
)
select grain, cell, facts::bigint, stored::bigint, counted.cells, counted.differing
from counted left join lateral (
    select * from compared where facts <> stored order by grain, cell limit %(most)s
) shown on true
