/* What waits for the drain, by all that pages of figures ask of it: grouped once a statement, however many of its
   tables ask. Read in its order: the index passes over what the drain has taken by now, while a walk through the table stops at each
   of its pages to tidy it. A limit that no planner can read makes it believe that few are wanted, so that it goes by the index
   whatever it thinks of the table's size. */
/*once*/(
    select subject_kind, kind, day, department_id, item_type, coalesce(promptness, '') as promptness, days_used, limit_days,
           (/*countable*/) as is_counted, sum(quantity)::bigint as quantity
    from (select * from journal_fresh order by subject_id, seq limit (select 2000000000)) f
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9
)/*end once*/ q
