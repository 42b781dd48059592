/* What drained facts add to the day counts of campaigns: every filer whose applicant and item they concern.
   A case that came to nothing is taken back from the day on which it was filed, and from the acceptances. */
insert into programmes_filerday as d (filer_id, filed_on, filed, bulk, accepted, decided, delivered)
select f.id, c.filed_on, sum(q.sign), coalesce(sum(q.sign) filter (where b.bulk), 0), sum(q.accepted + q.ended * (c.accepted_on is not null)::int),
       sum(q.decided), sum(q.delivered)
from (
    select t.subject_id, (t.kind = 'case.filed')::int - (t.kind = any(%(ended)s))::int as sign,
           (t.kind = 'case.accepted')::int as accepted, -(t.kind = any(%(ended)s))::int as ended,
           (t.kind = 'case.decided')::int as decided, (t.kind = 'case.delivered')::int as delivered
    from unnest(%(subjects)s::uuid[], %(kinds)s::text[]) as t(subject_id, kind)
) q
join cases_case c on c.id = q.subject_id
join programmes_campaign p on c.item_id = any(p.items)
join programmes_filer f on f.campaign_id = p.id and c.applicant_id = any(f.applicants)
cross join lateral (
    select q.sign <> 0 and exists (
        select 1 from journal_fact j where j.subject_id = q.subject_id and j.seq = 1 and j.key like 'bulk:%%') as bulk
) b
group by f.id, c.filed_on
order by f.id, c.filed_on
on conflict (filer_id, filed_on) do update
set filed = d.filed + excluded.filed, bulk = d.bulk + excluded.bulk, accepted = d.accepted + excluded.accepted,
    decided = d.decided + excluded.decided, delivered = d.delivered + excluded.delivered
