/* The dates of a case computed again by a new calendar: only they, the open work's date and the chain move. */
with moved as (
    update cases_case c
    set seq = c.seq + 1, due_on = %(due_on)s, statutory_due_on = %(statutory_due_on)s, provisional = %(provisional)s,
        days_left = %(days_left)s, statutory_days_left = %(statutory_days_left)s,
        last_hash = journal_fact_hash(c.last_hash, c.id, c.seq + 1,
                                      journal_place(%(subject_kind)s, c.department_id, %(key)s, %(key_hash)s), %(kind)s, %(at)s, %(actor)s, null, null, %(data)s)
    where c.id = %(id)s and c.seq = %(seq)s
    returning c.id, c.seq, c.last_hash, c.department_id, c.item_id, c.item_type, c.region, c.channel
), redated as (
    update cases_work w set due_on = %(work_due_on)s from moved m where w.case_id = m.id and w.kind <> 'correct'
    returning 1
), subject as (
    select m.id as subject_id, m.seq, %(prev_hash)s::bytea as prev_hash, m.last_hash as hash, null::text as number,
           m.department_id, m.item_id, m.item_type, m.region, m.channel
    from moved m
), /*append*/
select fact.seq from fact
