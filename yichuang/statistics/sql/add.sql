/* A drained batch into the daily figures: grouped, in a fixed order, so that two writers could never lock each other. */
with batch as (
    select * from unnest(%(day)s::date[], %(kind)s::text[], %(department_id)s::uuid[], %(item_id)s::uuid[],
                         %(item_type)s::text[], %(region)s::text[], %(channel)s::text[], %(outcome)s::text[],
                         %(promptness)s::text[], %(days_used)s::int[], %(limit_days)s::int[])
    as b(day, kind, department_id, item_id, item_type, region, channel, outcome, promptness, days_used, limit_days)
), counted as (
    insert into statistics_daily as d (day, kind, department_id, item_id, item_type, region, channel, outcome,
                                       promptness, count)
    select day, kind, department_id, item_id, item_type, region, channel, coalesce(outcome, ''),
           coalesce(promptness, ''), count(*)
    from batch group by 1, 2, 3, 4, 5, 6, 7, 8, 9 order by 1, 2, 3, 4, 5, 6, 7, 8, 9
    on conflict (day, kind, department_id, item_id, item_type, region, channel, outcome, promptness)
    do update set count = d.count + excluded.count
    returning 1
), timed as (
    insert into statistics_dailydays as d (day, department_id, item_id, item_type, days_used, limit_days, count)
    select day, department_id, item_id, item_type, days_used, limit_days, count(*)
    from batch where kind = 'case.decided' and days_used is not null
    group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6
    on conflict (day, department_id, item_id, item_type, days_used, limit_days)
    do update set count = d.count + excluded.count
    returning 1
)
select (select count(*) from counted), (select count(*) from timed)
