/* One month of the coarse grain again: its days added up. */
with counts as (
    insert into statistics_rollup (span, first_day, department_id, item_type, channel, subject_kind, received, accepted,
                                   delivered, refused, withdrawn, terminated, instant, early, on_time, late, unjudged)
    select s.span, %(first)s, s.whose, item_type, channel, subject_kind, sum(received), sum(accepted), sum(delivered),
           sum(refused), sum(withdrawn), sum(terminated), sum(instant), sum(early), sum(on_time), sum(late), sum(unjudged)
    from statistics_rollup r cross join lateral (values ('month', department_id), ('all-month', '00000000-0000-0000-0000-000000000000'::uuid)) as s(span, whose)
    where r.span = 'day' and first_day between %(first)s and %(last)s
    group by s.span, s.whose, item_type, channel, subject_kind
    returning 1
), days as (
    insert into statistics_rollupdays (span, first_day, department_id, item_type, subject_kind, days_from, counts, limited,
                                       limit_days)
    select s.span, %(first)s, s.whose, item_type, subject_kind, days_from, /*merged*/,
           sum(limited), sum(limit_days)
    from statistics_rollupdays r cross join lateral (values ('month', department_id), ('all-month', '00000000-0000-0000-0000-000000000000'::uuid)) as s(span, whose)
    where r.span = 'day' and first_day between %(first)s and %(last)s
    group by s.span, s.whose, item_type, subject_kind, days_from
    returning 1
)
select (select count(*) from counts) + (select count(*) from days)
