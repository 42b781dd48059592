/* What the national exchange is told of some cases; one row a case. */
select c.id, c.number, i.code, c.item_name, coalesce(v.number, 1), c.handling_kind, c.channel, c.region, d.name,
       coalesce(nullif(d.credit_code, ''), d.code), coalesce(a.kind, ''), coalesce(a.name, c.applicant_name), coalesce(a.paper_type, ''),
       coalesce(a.paper_number, ''), coalesce(a.legal_representative, ''), c.filed_at, c.due_on,
       (select json_agg(json_build_array(f.seq, f.kind, f.at, f.day, f.actor_name, coalesce(f.ground, ''), coalesce(f.number, ''), f.data)
                        order by f.seq) from journal_fact f where f.subject_id = c.id),
       (select coalesce(json_agg(json_build_array(m.id, m.name, m.sha256 = '') order by m.round, m.code, m.id), '[]')
        from intake_material m where m.case_id = c.id)
from cases_case c
join catalogue_item i on i.id = c.item_id
left join catalogue_guideversion v on v.id = c.item_version_id
join directory_department d on d.id = c.department_id
left join directory_applicant a on a.id = c.applicant_id
where c.id = any(%(ids)s::uuid[]) and (%(scope)s::uuid[] is null or c.department_id = any(%(scope)s)) and c.confidentiality <= %(clearance)s
order by c.id
