/*one plan*/ /* One step of a case: it moves only from the state and version that were read; fact, work and queue go with it.
   What was judged by more than the case's own steps (opinions, reviews, surveys) moves only the very row that was read.
   Where it did not move, the statement fails (a division by zero) and takes a number back that it had taken already: it is
   a transaction by itself. */
with numbered as (
    insert into journal_series (series, last)
    select %(series)s::text, 1
    where %(series)s::text is not null
      and exists (select 1 from cases_case c where c.id = %(id)s and c.state = %(from)s and c.seq = %(seq)s)
    on conflict (series) do update set last = journal_series.last + 1
    returning last
), given as (
    select (select %(number_prefix)s::text || last || %(number_suffix)s::text from numbered) as number
), moved as (
    update cases_case c
    set state = %(to)s, seq = c.seq + 1, accepted_on = %(accepted_on)s, decided_on = %(decided_on)s,
        closed_on = %(closed_on)s, extended_days = %(extended_days)s, due_on = %(due_on)s,
        statutory_due_on = %(statutory_due_on)s, provisional = %(provisional)s, paused_on = %(paused_on)s,
        days_left = %(days_left)s, statutory_days_left = %(statutory_days_left)s, days_used = %(case_days_used)s,
        corrections = %(corrections)s, green = %(green)s, pending_open = %(pending_open)s, outcome = %(case_outcome)s, promptness = %(case_promptness)s,
        last_hash = journal_fact_hash(c.last_hash, c.id, c.seq + 1,
                                      journal_place(%(subject_kind)s, c.department_id, %(key)s, %(key_hash)s), %(kind)s, %(at)s, %(actor)s, %(ground)s,
                                      given.number, %(data)s)
    from given
    where c.id = %(id)s and c.state = %(from)s and c.seq = %(seq)s
      and (%(row_version)s::text is null or c.xmin = %(row_version)s::text::xid)
    returning c.id, c.seq, c.last_hash, c.department_id, c.item_id, c.item_type, c.region, c.channel, given.number
), subject as (
    select m.id as subject_id, m.seq, %(prev_hash)s::bytea as prev_hash, m.last_hash as hash, m.number,
           m.department_id, m.item_id, m.item_type, m.region, m.channel
    from moved m
), /*append*/, said as (
    insert into cases_particulars (case_id, seq, internal, body, salt)
    select m.id, m.seq, %(internal)s, %(body)s, %(salt)s from moved m where %(body)s::text is not null
    returning 1
), done as (
    delete from cases_work w using moved m
    where w.case_id = m.id and w.kind is distinct from %(work_kind)s::text
    returning 1
), opened as (
    insert into cases_work (case_id, kind, department_id, holder_id, holder_name, due_on, opened_on)
    select m.id, %(work_kind)s, m.department_id, coalesce(held.holder_id, %(holder_id)s::uuid),
           coalesce(held.holder_name, %(holder_name)s), %(work_due_on)s::date, %(day)s
    from moved m left join cases_work held on held.case_id = m.id and %(keeps_holder)s
    where %(work_kind)s::text is not null
    on conflict (case_id, kind) do update
    set holder_id = excluded.holder_id, holder_name = excluded.holder_name, due_on = excluded.due_on
    returning 1
)
select fact.seq, fact.hash, fact.number
from (select 1 / count(*) as moved from moved) sure left join fact on sure.moved = 1
