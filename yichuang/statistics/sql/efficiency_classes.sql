/* Working days used by class of project, as the applicant answered it, of the cases decided in a period. */
select f.department_id, c.item_id, a.answers::jsonb ->> %(field)s, sum(c.days_used)::bigint, count(*)::bigint
from journal_fact f join cases_case c on c.id = f.subject_id join intake_application a on a.case_id = c.id
where f.subject_kind = 'case' and f.kind = 'case.decided' and f.day between %(first)s and %(last)s
  and c.days_used is not null and coalesce(a.answers::jsonb ->> %(field)s, '') <> ''
  and (c.item_type = '20' or c.item_type between '01' and '10')
  and (%(department)s::uuid is null or f.department_id = %(department)s)
group by 1, 2, 3
