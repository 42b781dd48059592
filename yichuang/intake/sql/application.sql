/*one plan*/ /* What was filed: answers of a case, its version, the materials of every round. */
select p.case_id, p.version_id, p.answers, p.salt, p.edit, p.earlier,
       (select coalesce(json_agg(json_build_array(m.id, m.round, m.code, m.name, m.kind, m.size, m.sha256, m.added_at)
                                 order by m.round, m.added_at, m.id), '[]')
        from intake_material m where m.case_id = p.case_id)::text as materials
from intake_application p
where p.case_id = %(id)s
