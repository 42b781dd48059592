/* Decided within minutes of filing: the caller keeps those outside opening hours, for only it knows the calendar. */
select f.actor, f.actor_name, c.id, c.number, c.item_name, f.at
from journal_fact f
join cases_case c on c.id = f.subject_id
where f.day between %(first)s and %(last)s and f.kind = 'case.decided'
  and f.at - c.filed_at <= make_interval(mins => %(minutes)s)
  and (%(scope)s::uuid[] is null or c.department_id = any(%(scope)s)) and c.confidentiality <= %(clearance)s
order by f.at, c.id
