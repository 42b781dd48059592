/* What each officer did in the period, a line a case: facts by (day, kind), what else was done to a case by its key. */
select f.actor, f.actor_name, f.subject_id, c.number, c.item_name, f.kind, min(f.at) as at,
       (select count(*) from journal_fact r
         where r.subject_id = f.subject_id and r.kind = 'case.correction_asked')::int as corrections,
       exists (select 1 from journal_fact o
         where o.subject_id = f.subject_id and o.actor <> f.actor
           and o.kind in ('case.proposed', 'case.sent_back')) or exists (select 1 from journal_fact h
         where h.subject_id = f.subject_id and h.kind = 'case.handed_over') as shared
from journal_fact f
join cases_case c on c.id = f.subject_id
where f.day between %(first)s and %(last)s
  and f.kind in ('case.accepted', 'case.correction_asked', 'case.decided', 'case.terminated')
  and (%(scope)s::uuid[] is null or c.department_id = any(%(scope)s)) and c.confidentiality <= %(clearance)s
group by 1, 2, 3, 4, 5, 6
order by 1, 7, 3
