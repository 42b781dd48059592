/* The cells of a drained batch into the fine grain, in a fixed order. A correction is a negative sum: cells that are there are
   updated, and only new ones inserted (a row proposed for insertion is checked before a conflict would turn it into an update). */
with sums as (
    select * from unnest(%(day)s::date[], %(kind)s::text[], %(department_id)s::uuid[], %(item_id)s::uuid[],
                         %(item_type)s::text[], %(region)s::text[], %(channel)s::text[], %(outcome)s::text[],
                         %(promptness)s::text[], %(n)s::bigint[])
    as s(day, kind, department_id, item_id, item_type, region, channel, outcome, promptness, n)
), updated as (
    update statistics_daily d set count = d.count + s.n from sums s
    where (d.day, d.kind, d.department_id, d.item_id, d.item_type, d.region, d.channel, d.outcome, d.promptness)
        = (s.day, s.kind, s.department_id, s.item_id, s.item_type, s.region, s.channel, s.outcome, s.promptness)
    returning d.day, d.kind, d.department_id, d.item_id, d.item_type, d.region, d.channel, d.outcome, d.promptness
), inserted as (
    insert into statistics_daily (day, kind, department_id, item_id, item_type, region, channel, outcome, promptness, count)
    select s.* from sums s
    where not exists (
        select from updated u
        where (u.day, u.kind, u.department_id, u.item_id, u.item_type, u.region, u.channel, u.outcome, u.promptness)
            = (s.day, s.kind, s.department_id, s.item_id, s.item_type, s.region, s.channel, s.outcome, s.promptness)
    )
    returning 1
)
select (select count(*) from updated) + (select count(*) from inserted)
