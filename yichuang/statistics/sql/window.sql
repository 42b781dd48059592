/*one plan*/ /* Pieces by department and kind of act over a period: drained days and rows not drained yet, in one statement. */
with acts as (
    select department_id, kind, count as n
    from statistics_dailywindow where day between %(first)s and %(last)s
    union all
    select department_id, kind, quantity
    from /*queue*/ where subject_kind = %(subject)s and day between %(first)s and %(last)s
      and not %(sealed_only)s::boolean
)
select department_id, kind, sum(n)::bigint from acts where kind = any(%(kinds)s::text[]) group by 1, 2
