/* Open cases whose department changed in a period (转隶): out of the one before, into the one after. */
with touched as (
    select distinct subject_id from journal_fact
    where subject_kind = 'case' and day between %(first)s and %(last)s
), told as (
    select f.subject_id, f.day, f.department_id,
           lag(f.department_id) over life as before,
           count(*) filter (where f.kind = any(%(ended)s::text[])) over (
               partition by f.subject_id order by f.seq rows between unbounded preceding and 1 preceding) as ended
    from journal_fact f join touched t on t.subject_id = f.subject_id
    window life as (partition by f.subject_id order by f.seq)
)
select case when c.item_type = '01' then 'licence' when c.item_type = '20' then 'public_service'
            when c.item_type between '02' and '10' then 'other_nine' else 'extension' end as item_group,
       t.before, t.department_id, count(*)
from told t join cases_case c on c.id = t.subject_id
where t.day between %(first)s and %(last)s and t.ended = 0 and t.before is distinct from t.department_id
  and t.before is not null
group by 1, 2, 3
