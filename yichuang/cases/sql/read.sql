/*one plan*/ /* Everything a step decides by, in one read: the case, its open work, its department, the facts of its clock, and
   what the step's key has left already. The facts are asked for by the id itself: only then is one partition planned, not all. What the guide says of handling is kept by the process for as long as the
   version's row is this very one: to take it out of the guide cost more than all the rest of this read. */
select c.id, c.number, c.item_id, c.item_version_id, c.item_name, c.item_type, c.handling_kind, c.department_id,
       c.region, c.channel, c.applicant_id, c.applicant_name, c.state, c.seq, c.last_hash, c.filed_at, c.filed_on,
       c.accepted_on, c.decided_on, c.closed_on, c.statutory_days, c.promised_days, c.extended_days, c.due_on,
       c.statutory_due_on, c.provisional, c.paused_on, c.days_left, c.statutory_days_left, c.days_used,
       c.corrections, c.outcome, c.promptness,
       w.kind as work_kind, w.holder_id as work_holder_id, w.holder_name as work_holder_name, w.due_on as work_due_on,
       d.name as department_name, d.short_name as department_short_name, d.document_word,
       c.green, c.pending_open, c.renews_expires_on, c.confidentiality,
       exists (select 1 from cases_opinion o where o.case_id = c.id and o.ruling = ''
                and (o.state in ('asked', 'silent') or o.stance = 'disagree'))
       or exists (select 1 from cases_expert_review r where r.case_id = c.id and r.state = 'open')
       or exists (select 1 from cases_survey s where s.case_id = c.id and s.state in ('planned', 'recorded')) as awaited,
       c.xmin::text as row_version,
       (select v.xmin::text || ' ' || v.ctid::text from catalogue_guideversion v where v.id = c.item_version_id) as guide_row,
       (select coalesce(json_agg(json_build_array(f.kind, f.day, f.data::json, f.ground, f.actor) order by f.seq), '[]')
        from journal_fact f
        where f.subject_id = %(id)s::uuid
          and f.kind in ('case.accepted', 'case.correction_answered', 'case.paused', 'case.pause_overrun', 'case.resumed', 'case.extended',
                         'case.proposed', 'case.endorsed', 'case.countersigned', 'case.sent_back', 'case.supplied'))::text as clock_facts,
       (select json_build_array(f.seq, f.key_hash, f.number)
        from journal_fact f where f.subject_id = %(id)s::uuid and f.key = %(key)s::text)::text as key_used
from cases_case c
join directory_department d on d.id = c.department_id
left join cases_work w on w.case_id = c.id
where c.id = %(id)s
