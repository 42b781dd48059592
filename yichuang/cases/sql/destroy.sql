/* The content of a closed case goes, by law: the words with their salts and the name on the row. The chain goes on. */
with moved as (
    update cases_case c
    set seq = c.seq + 1, applicant_name = %(gone)s,
        last_hash = journal_fact_hash(c.last_hash, c.id, c.seq + 1,
                                      journal_place(%(subject_kind)s, c.department_id, %(key)s, %(key_hash)s), %(kind)s, %(at)s, %(actor)s, %(ground)s, null, %(data)s)
    where c.id = %(id)s and c.seq = %(seq)s and c.closed_on is not null
    returning c.id, c.seq, c.last_hash, c.department_id, c.item_id, c.item_type, c.region, c.channel
), emptied as (
    delete from cases_particulars p using moved m where p.case_id = m.id and p.seq < m.seq
    returning 1
), noted as (
    update cases_reviewer_note n set body = '{}', salt = '' from moved m where n.case_id = m.id
    returning 1
), said as (
    insert into cases_particulars (case_id, seq, internal, body, salt)
    select m.id, m.seq, true, %(body)s, %(salt)s from moved m
    returning 1
), subject as (
    select m.id as subject_id, m.seq, %(prev_hash)s::bytea as prev_hash, m.last_hash as hash, null::text as number,
           m.department_id, m.item_id, m.item_type, m.region, m.channel
    from moved m
), /*append*/
select fact.seq from fact
