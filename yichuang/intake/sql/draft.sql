/* A draft with everything a page or the filing decides by: item, version, department, applicant, materials. */
select d.id, d.owner_id, d.channel, d.answers::text, d.marks::text, d.edit, d.mends, d.begun_at, d.changed_at, d.case_id,
       v.id as version_id, v.number as version_number, i.id as item_id, i.code as item_code, i.name as item_name,
       i.item_type, v.handling_kind, v.statutory_days, v.promised_days, i.region_id,
       case when i.is_active then i.current_id end as current_version_id,
       dep.id as department_id, dep.number_code as department_code, dep.short_name as department_name,
       a.id as applicant_id, a.kind as applicant_kind, a.name as applicant_name, a.paper_type, a.paper_number, a.phone,
       a.address, a.legal_representative,
       (select coalesce(json_agg(json_build_array(m.id, m.code, m.name, m.kind, m.size, m.sha256) order by m.added_at, m.id), '[]')
        from intake_draftmaterial m where m.draft_id = d.id)::text as materials
from intake_draft d
join catalogue_guideversion v on v.id = d.version_id
join catalogue_item i on i.id = v.item_id
join directory_department dep on dep.id = i.department_id
join directory_applicant a on a.id = d.applicant_id
where d.id = %(id)s and d.owner_id = %(owner)s
