/* What the messages about a chunk of facts say: each fact with its case as it stands now, whom it concerns, and who of the
   staff acted last before it. A fact whose case is gone is not among them. */
select f.subject_id, f.seq, f.kind, f.at, f.data, f.ground, c.number, c.item_name, d.short_name, c.provisional, w.due_on,
       w.holder_id, c.applicant_id, a.phone, c.item_version_id,
       case when f.kind = any(%(to_whoever_acted)s::text[]) then (
           select b.actor from journal_fact b
           where b.subject_id = asked.subject_id and b.seq < asked.seq and b.actor like 'staff:%%' order by b.seq desc limit 1)
       end
from unnest(%(subjects)s::uuid[], %(seqs)s::int[]) with ordinality as asked(subject_id, seq, place)
join journal_fact f on f.subject_id = asked.subject_id and f.seq = asked.seq
join cases_case c on c.id = asked.subject_id
join directory_department d on d.id = c.department_id
left join cases_work w on w.case_id = c.id
left join directory_applicant a on a.id = c.applicant_id
order by asked.place
