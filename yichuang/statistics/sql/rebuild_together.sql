/* The days of a month for all departments together again, out of those of each. */
with counts as (
    insert into statistics_rollup (span, first_day, department_id, item_type, channel, subject_kind, received, accepted,
                                   delivered, refused, withdrawn, terminated, instant, early, on_time, late, unjudged)
    select 'all-day', first_day, '00000000-0000-0000-0000-000000000000'::uuid, item_type, channel, subject_kind, sum(received),
           sum(accepted), sum(delivered), sum(refused), sum(withdrawn), sum(terminated), sum(instant), sum(early), sum(on_time),
           sum(late), sum(unjudged)
    from statistics_rollup where span = 'day' and first_day between %(first)s and %(last)s
    group by first_day, item_type, channel, subject_kind
    returning 1
), days as (
    insert into statistics_rollupdays (span, first_day, department_id, item_type, subject_kind, days_from, counts, limited,
                                       limit_days)
    select 'all-day', first_day, '00000000-0000-0000-0000-000000000000'::uuid, item_type, subject_kind, days_from, /*merged*/,
           sum(limited), sum(limit_days)
    from statistics_rollupdays where span = 'day' and first_day between %(first)s and %(last)s
    group by first_day, item_type, subject_kind, days_from
    returning 1
)
select (select count(*) from counts) + (select count(*) from days)
