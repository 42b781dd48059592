/* Calendar days from filing to delivery, and how often the applicant had to come, of the cases delivered in a period.
   A trip is a filing, a correction or a collection at the window, read from the facts. */
select f.department_id, c.item_id, count(*)::bigint, sum(f.day - c.filed_on)::bigint,
       sum((c.channel = '1')::int + (f.data::jsonb ->> 'method' is not distinct from 'window')::int
           + (select count(*) from journal_fact a
              where a.subject_id = c.id and a.kind = 'case.correction_answered' and left(a.actor, 6) = 'staff:'))::bigint
from journal_fact f join cases_case c on c.id = f.subject_id
where f.subject_kind = 'case' and f.kind = 'case.delivered' and f.day between %(first)s and %(last)s
  and (c.item_type = '20' or c.item_type between '01' and '10')
  and (%(department)s::uuid is null or f.department_id = %(department)s)
group by 1, 2
