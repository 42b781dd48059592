/*one plan*/ /* Received, accepted and concluded by day, for the trend: the three groups only, as in the tables. */
with cells as (
    select first_day as day, item_type, received, accepted, instant + early + on_time + late + unjudged as concluded
    from statistics_rollup
    where span = %(span)s and first_day between %(first)s and %(last)s
      and (%(department)s::uuid is null or department_id = %(department)s)
    union all
    select day, item_type, received, accepted, instant + early + on_time + late + unjudged
    from (select day, item_type, /*slots*/
          from (select day, item_type, kind, promptness, quantity as n from /*queue*/
                where is_counted and day between %(first)s and %(last)s and not %(sealed_only)s::boolean
                  and (%(department)s::uuid is null or department_id = %(department)s)) waiting
          group by 1, 2) f
)
select day, sum(received)::bigint, sum(accepted)::bigint, sum(concluded)::bigint
from cells
where item_type = '20' or item_type between '01' and '10'
group by day order by day
