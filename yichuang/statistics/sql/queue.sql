/* What waits for the drain, by all that pages of figures ask of it: grouped once a statement, however many of its
   tables ask. */
/*once*/(
    select subject_kind, kind, day, department_id, item_type, coalesce(promptness, '') as promptness, days_used, limit_days,
           (/*countable*/) as is_counted, sum(quantity)::bigint as quantity
    from journal_fresh group by 1, 2, 3, 4, 5, 6, 7, 8, 9
)/*end once*/ q
