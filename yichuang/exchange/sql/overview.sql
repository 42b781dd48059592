/* Each system: its latest batch, what it sent in all, what is in doubt, what was accepted and has not ended: the sum of what its
   batches and what people decided have opened and closed. */
select s.id, b.latest, coalesce(b.taken, 0)::bigint, coalesce(q.undone, 0)::bigint,
       (coalesce(b.opened, 0) + coalesce(r.opened, 0))::bigint
from exchange_system s
left join (select system_id, max(at) as latest, sum(taken) as taken, sum(opened) as opened
           from exchange_batch group by system_id) b on b.system_id = s.id
left join (select system_id, count(*) as undone from exchange_quarantine
           where state in ('open', 'waiting') group by system_id) q on q.system_id = s.id
left join (select system_id, sum(opened) as opened from exchange_quarantine
           where opened <> 0 group by system_id) r on r.system_id = s.id
where s.id = any (%(systems)s)
