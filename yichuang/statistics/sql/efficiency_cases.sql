/* The cases behind a claim by the day on which each counts, as far as the actor may see them. */
select c.id, c.number, c.item_name, f.department_id, f.day, c.filed_on,
       case when %(basis)s <> 'case.filed' then c.decided_on end,
       case when c.state = 'delivered' then c.closed_on end, c.channel, c.days_used,
       c.statutory_days + c.extended_days, a.answers::jsonb ->> %(field)s,
       (c.channel = '1')::int
       + (select count(*) from journal_fact t where t.subject_id = c.id
          and (t.kind = 'case.correction_answered' and left(t.actor, 6) = 'staff:'
               or t.kind = 'case.delivered' and t.data::jsonb ->> 'method' = 'window'))
from journal_fact f join cases_case c on c.id = f.subject_id
left join intake_application a on a.case_id = c.id
where f.subject_kind = 'case' and f.kind = %(basis)s and f.day between %(first)s and %(last)s
  and (c.item_type = '20' or c.item_type between '01' and '10')
  and (%(scope)s::uuid[] is null or c.department_id = any(%(scope)s))
  and c.confidentiality <= %(clearance)s
  and (%(department)s::uuid is null or f.department_id = %(department)s)
  and (%(item)s::uuid is null or c.item_id = %(item)s)
  and (%(early)s::boolean is not true or c.promptness in ('instant', 'early'))
  and (%(online)s::text[] is null or c.channel = any(%(online)s))
  and (%(project_class)s::text is null or a.answers::jsonb ->> %(field)s = %(project_class)s)
  and (%(ahead)s::int is null or c.statutory_days + c.extended_days - c.days_used >= %(ahead)s)
  and (%(day)s::date is null or (f.day, c.id) > (%(day)s::date, %(last_id)s::uuid))
order by f.day, c.id limit %(limit)s
