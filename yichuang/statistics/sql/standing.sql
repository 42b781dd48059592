/* Cases on hand at the end of a day, by group and department: those open now and those ended since, as far as they
   had been filed by then; each counted for the department of its last fact up to the day. Reads no daily table, so it
   checks them, and touches only cases that are open or were ended after the day, however many there were before. */
with candidates as (
    select id from cases_case where state = any(%(open)s::text[])
    union
    select f.subject_id from journal_fact f
    where f.subject_kind = 'case' and f.kind = any(%(ended)s::text[]) and f.day > %(day)s
)
select case when c.item_type = '01' then 'licence' when c.item_type = '20' then 'public_service'
            when c.item_type between '02' and '10' then 'other_nine' else 'extension' end as item_group,
       last.department_id, count(*)
from candidates k
join cases_case c on c.id = k.id
cross join lateral (
    select f.department_id from journal_fact f
    where f.subject_id = k.id and f.day <= %(day)s order by f.seq desc limit 1
) last
group by 1, 2
