/* The journal's fragment: append one fact about `subject` and queue it.
   The statement that embeds it has a CTE
   subject(subject_id, seq, prev_hash, hash, number, department_id, item_id, item_type, region, channel). */
fact as (
    insert into journal_fact (subject_id, seq, subject_kind, kind, at, day, actor, actor_name, department_id,
                              ground, number, data, key, key_hash, prev_hash, hash)
    select s.subject_id, s.seq, %(subject_kind)s, %(kind)s, %(at)s, %(day)s, %(actor)s, %(actor_name)s,
           s.department_id, %(ground)s, s.number, %(data)s, %(key)s, %(key_hash)s, s.prev_hash, s.hash
    from subject s
    returning subject_id, seq, hash, number
), fresh as (
    insert into journal_fresh (subject_id, seq, subject_kind, kind, hash, day, department_id, item_id, item_type,
                               region, channel, outcome, promptness, days_used, limit_days, quantity)
    select s.subject_id, s.seq, %(subject_kind)s, %(kind)s, s.hash, %(day)s, s.department_id, s.item_id,
           s.item_type, s.region, s.channel, %(outcome)s, %(promptness)s, %(days_used)s, %(limit_days)s, %(quantity)s::int
    from subject s
    returning 1
)
