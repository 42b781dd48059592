/* The same cells into the coarse grain: the day, and the month that it lies in. Months get no smaller than their days. */
with cells as (
    select * from unnest(%(day)s::date[], %(kind)s::text[], %(department_id)s::uuid[], %(item_type)s::text[],
                         %(channel)s::text[], %(promptness)s::text[], %(n)s::bigint[])
    as c(day, kind, department_id, item_type, channel, promptness, n)
), sums as (
    select span, first_day, whose as department_id, item_type, channel, split_part(kind, '.', 1) as subject_kind, /*slots*/
    from cells
    cross join lateral (values ('day', day, department_id), ('month', date_trunc('month', day)::date, department_id),
                               ('all-day', day, '00000000-0000-0000-0000-000000000000'::uuid),
                               ('all-month', date_trunc('month', day)::date, '00000000-0000-0000-0000-000000000000'::uuid))
                       as s(span, first_day, whose)
    where kind in (/*counted_kinds*/)
    group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6
), updated as (
    update statistics_rollup r
    set received = r.received + s.received, accepted = r.accepted + s.accepted, delivered = r.delivered + s.delivered,
        refused = r.refused + s.refused, withdrawn = r.withdrawn + s.withdrawn, terminated = r.terminated + s.terminated,
        instant = r.instant + s.instant, early = r.early + s.early, on_time = r.on_time + s.on_time, late = r.late + s.late,
        unjudged = r.unjudged + s.unjudged
    from sums s
    where (r.span, r.first_day, r.department_id, r.item_type, r.channel, r.subject_kind)
        = (s.span, s.first_day, s.department_id, s.item_type, s.channel, s.subject_kind)
    returning r.span, r.first_day, r.department_id, r.item_type, r.channel, r.subject_kind
), inserted as (
    insert into statistics_rollup (span, first_day, department_id, item_type, channel, subject_kind, received, accepted,
                                   delivered, refused, withdrawn, terminated, instant, early, on_time, late, unjudged)
    select s.* from sums s
    where not exists (
        select from updated u
        where (u.span, u.first_day, u.department_id, u.item_type, u.channel, u.subject_kind)
            = (s.span, s.first_day, s.department_id, s.item_type, s.channel, s.subject_kind)
    )
    returning 1
)
select (select count(*) from updated) + (select count(*) from inserted)
