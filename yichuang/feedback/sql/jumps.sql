/* Who went before others: cases whose step ended in the period while older ones of the same item still waited.
   `ends` are the kinds of facts that end the wait, `target` the one that counts, `start` the one that begins it.
   Facts come by (day, kind); the beginning of each wait by the primary key of its case. */
with ended as (
    select distinct on (f.subject_id) f.subject_id, f.at as ended_at, f.day, f.kind, f.actor, f.actor_name
    from journal_fact f
    where f.day >= %(first)s and f.kind = any(%(ends)s::text[])
    order by f.subject_id, f.seq
), waits as (
    select c.item_id, c.id, c.number, c.item_name, c.department_id, c.confidentiality, s.at as began_at, e.ended_at, e.day, e.kind, e.actor,
           e.actor_name
    from ended e
    join cases_case c on c.id = e.subject_id
    join journal_fact s on s.subject_id = e.subject_id and s.kind = %(start)s
    where not exists (
        select 1 from journal_fact b
        where b.subject_id = e.subject_id and b.kind = any(%(ends)s::text[]) and b.at < e.ended_at)
    union all
    select c.item_id, c.id, c.number, c.item_name, c.department_id, c.confidentiality, s.at, 'infinity', null, '', '', ''
    from cases_work w
    join cases_case c on c.id = w.case_id
    join journal_fact s on s.subject_id = w.case_id and s.kind = %(start)s
    where w.kind = any(%(works)s::text[])
      and not exists (
        select 1 from journal_fact b where b.subject_id = w.case_id and b.kind = any(%(ends)s::text[]))
)
select a.actor, a.actor_name, a.id, a.number, a.item_name, a.ended_at, count(*)::int as passed,
       (array_agg(o.number order by o.began_at, o.number))[1:3] as examples
from waits a
join waits o on o.item_id = a.item_id and o.began_at < a.began_at - make_interval(days => %(days)s)
            and o.ended_at > a.ended_at
where a.kind = %(target)s and a.day between %(first)s and %(last)s
  and (%(scope)s::uuid[] is null or a.department_id = any(%(scope)s)) and a.confidentiality <= %(clearance)s
group by 1, 2, 3, 4, 5, 6
having count(*) >= %(cases)s
order by passed desc, a.ended_at, a.id
limit 500
