/* What `telling.sql` reads, for an engine that distributes: each of the large tables stands in a part of its own that names the
   cases, so that it is asked where it lies. One server would take three times as long for it. */
with asked as (
    select subject_id, seq, place
    from unnest(%(subjects)s::uuid[], %(seqs)s::int[]) with ordinality as u(subject_id, seq, place)
), f as (
    select subject_id, seq, kind, at, data, ground from journal_fact
    where subject_id = any(%(subjects)s::uuid[])
), c as (
    select id, number, item_name, department_id, provisional, applicant_id, item_version_id from cases_case
    where id = any(%(subjects)s::uuid[])
), acted as (
    select b.subject_id, b.seq, b.actor from journal_fact b
    where b.subject_id = any(%(subjects)s::uuid[]) and b.actor like 'staff:%%'
)
select f.subject_id, f.seq, f.kind, f.at, f.data, f.ground, c.number, c.item_name, d.short_name, c.provisional, w.due_on,
       w.holder_id, c.applicant_id, a.phone, c.item_version_id,
       case when f.kind = any(%(to_whoever_acted)s::text[]) then (
           select b.actor from acted b
           where b.subject_id = asked.subject_id and b.seq < asked.seq order by b.seq desc limit 1)
       end
from asked
join f on f.subject_id = asked.subject_id and f.seq = asked.seq
join c on c.id = asked.subject_id
join directory_department d on d.id = c.department_id
left join cases_work w on w.case_id = c.id
left join directory_applicant a on a.id = c.applicant_id
order by asked.place
