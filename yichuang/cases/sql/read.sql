/* Everything a step decides by, in one read: the case, its open work, its department, the facts of its clock, and
   what the step's key has left already. */
select c.id, c.number, c.item_id, c.item_version_id, c.item_name, c.item_type, c.handling_kind, c.department_id,
       c.region, c.channel, c.applicant_id, c.applicant_name, c.state, c.seq, c.last_hash, c.filed_at, c.filed_on,
       c.accepted_on, c.decided_on, c.closed_on, c.statutory_days, c.promised_days, c.extended_days, c.due_on,
       c.statutory_due_on, c.provisional, c.paused_on, c.days_left, c.statutory_days_left, c.days_used,
       c.corrections, c.outcome, c.promptness,
       w.kind as work_kind, w.holder_id as work_holder_id, w.holder_name as work_holder_name, w.due_on as work_due_on,
       d.name as department_name, d.short_name as department_short_name, d.document_word,
       (select coalesce(json_agg(json_build_array(f.kind, f.day, f.data::json, f.ground, f.actor) order by f.seq), '[]')
        from journal_fact f
        where f.subject_id = c.id
          and f.kind in ('case.paused', 'case.resumed', 'case.extended', 'case.proposed'))::text as clock_facts,
       (select json_build_array(f.seq, f.key_hash, f.number)
        from journal_fact f where f.subject_id = c.id and f.key = %(key)s::text)::text as key_used
from cases_case c
join directory_department d on d.id = c.department_id
left join cases_work w on w.case_id = c.id
where c.id = %(id)s
