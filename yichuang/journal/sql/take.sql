/* A batch leaves the queue and stands under the number of the next seal, in one order: by subject and place. The drain's lock
   is held, so that nobody else takes this number. The rows are met by where they lie: of a queue that was empty when it was last
   looked at the planner believes that it is empty, and joined it would read all of it for each row. */
with taken as (
    delete from journal_fresh f
    where f.ctid = any (array(select o.ctid from journal_fresh o order by o.subject_id, o.seq limit %(limit)s))
    returning f.subject_id, f.seq, f.subject_kind, f.kind, f.hash, f.day, f.department_id, f.item_id, f.item_type,
              f.region, f.channel, f.outcome, f.promptness, f.days_used, f.limit_days, f.quantity
), leaves as (
    insert into journal_leaf (seal_number, position, subject_id, seq, hash)
    select (select coalesce(max(number), 0) + 1 from journal_seal),
           row_number() over (order by subject_id, seq) - 1, subject_id, seq, hash
    from taken
)
select * from taken order by subject_id, seq
