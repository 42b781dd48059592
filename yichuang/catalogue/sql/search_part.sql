near_/*part*/ as materialized (
    select i.id, /*rank*/ as rank, /*size*/ as size, /*tie*/ as tie
    from (select i.* from catalogue_item i where i.is_active /*after*/ order by /*order*/ limit /*walk*/) i
    where /*needed*/ and /*match*/ and /*narrowed*/
    limit %(limit)s
), far_/*part*/ as materialized (
    select f.*, count(*) over () as total
    from (
        select i.id, /*rank*/ as rank, /*size*/ as size, /*tie*/ as tie
        from catalogue_item i
        where /*needed*/ and (select count(*) from near_/*part*/) < %(limit)s and i.is_active /*after*/ and /*match*/ and /*narrowed*/
        limit /*cap*/
    ) f
    order by rank, size, tie
    limit %(limit)s
),
