common as materialized (
    select w.id, w.rank, w.size, w.tie
    from (
        select a.is_bare, b.is_below, n.letters
        from (values (false), (true)) a (is_bare), (values (false), (true)) b (is_below), generate_series(1, 80) n (letters)
        order by 1, 2, 3
    ) g
    cross join lateral (
        select i.id, /*rank*/ as rank, /*size*/ as size, /*tie*/ as tie
        from (
            select i.* from catalogue_item i
            where i.is_active and (i.current_id is null) = g.is_bare and (i.region_id <> '510000000000') = g.is_below
              and length(i.name) = g.letters /*after*/
            order by i.code limit /*of_length*/
        ) i
        where /*match*/ and /*narrowed*/
    ) w
    where (select max(total) from far_named) >= /*cap*/
    limit %(limit)s
),
