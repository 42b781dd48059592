/* Rows of cases that were locked in this transaction, brought up to date; the ids stand as a list too, so that only their
   partitions are read. */
update exchange_case c
set item_id = u.item_id, item_code = u.item_code, item_type = u.item_type, department_id = u.department_id, region = u.region,
    applicant_name = u.applicant_name, applicant_no = u.applicant_no, state = u.state, seq = u.seq, last_hash = u.last_hash,
    changed_at = %(at)s, accepted_on = u.accepted_on, decided_on = u.decided_on, closed_on = u.closed_on, outcome = u.outcome,
    promptness = u.promptness, due_on = u.due_on, limit_days = u.limit_days, days_used = u.days_used, doubts = u.doubts,
    events = u.events
from unnest(%(id)s::uuid[], %(item_id)s::uuid[], %(item_code)s::text[], %(item_type)s::text[], %(department_id)s::uuid[],
            %(region)s::text[], %(applicant_name)s::text[], %(applicant_no)s::int[], %(state)s::text[], %(seq)s::int[],
            %(last_hash)s::bytea[], %(accepted_on)s::date[], %(decided_on)s::date[], %(closed_on)s::date[],
            %(outcome)s::text[], %(promptness)s::text[], %(due_on)s::date[], %(limit_days)s::int[], %(days_used)s::int[],
            %(doubts)s::int[], %(events)s::text[])
     as u(id, item_id, item_code, item_type, department_id, region, applicant_name, applicant_no, state, seq, last_hash,
          accepted_on, decided_on, closed_on, outcome, promptness, due_on, limit_days, days_used, doubts, events)
where c.id = u.id and c.id = any (%(id)s)
