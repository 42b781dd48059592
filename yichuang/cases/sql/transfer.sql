/* Every open case of an item passes to another department: number, state and clock stay, the chain goes on, the work
   goes to the new desk without a holder. The rows have been locked by the statement before this one. */
with before as (
    select c.id, c.last_hash from cases_case c
    where c.item_id = %(item)s and c.department_id = %(from)s and c.state = any(%(open)s)
), moved as (
    update cases_case c
    set seq = c.seq + 1, department_id = %(to)s,
        last_hash = journal_fact_hash(c.last_hash, c.id, c.seq + 1,
                                      journal_place(%(subject_kind)s, %(to)s::uuid, %(key)s, %(key_hash)s), %(kind)s, %(at)s, %(actor)s, %(ground)s,
                                      null, %(data)s)
    from before b
    where c.id = b.id and c.last_hash = b.last_hash
    returning c.id, c.seq, b.last_hash as prev_hash, c.last_hash, c.state, c.department_id, c.item_id, c.item_type, c.region, c.channel
), handed as (
    update cases_work w set department_id = %(to)s, holder_id = null, holder_name = ''
    from moved m where w.case_id = m.id
    returning 1
), subject as (
    select m.id as subject_id, m.seq, m.prev_hash, m.last_hash as hash, null::text as number,
           m.department_id, m.item_id, m.item_type, m.region, m.channel
    from moved m
), /*append*/
select m.state, count(*) from moved m join fact f on f.subject_id = m.id group by m.state
