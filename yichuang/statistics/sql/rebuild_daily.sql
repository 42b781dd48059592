/* The fine grain of one day again, out of its facts. */
with /*recount_facts*/, counts as (
    insert into statistics_daily (day, kind, department_id, item_id, item_type, region, channel, outcome, promptness, count)
    select %(day)s, kind, department_id, item_id, item_type, region, channel, outcome, promptness, sum(n)
    from facts group by 2, 3, 4, 5, 6, 7, 8, 9
    returning 1
), days as (
    insert into statistics_dailydays (day, subject_kind, department_id, item_id, item_type, days_used, limit_days, count)
    select %(day)s, subject_kind, department_id, item_id, item_type, days_used, limit_days, sum(n)
    from facts where kind in ('case.decided', 'reported.decided') and days_used is not null
    group by 2, 3, 4, 5, 6, 7
    returning 1
), acts as (
    insert into statistics_dailywindow (day, kind, department_id, count)
    select %(day)s, kind, department_id, sum((data::jsonb ->> 'quantity')::bigint)
    from taken where subject_kind = 'window_act' group by 2, 3
    returning 1
)
select (select count(*) from counts) + (select count(*) from days) + (select count(*) from acts)
