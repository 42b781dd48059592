-- Cases filed for a campaign, by filer and day: one statement for all filers of the campaigns given.
-- A filer that was removed counts up to the day of its removal (least() passes over nulls).
-- Every filer's applicants lead into the index (applicant_id, id desc); the items and days narrow what is found.
select f.id, c.filed_on, count(*)
from programmes_filer f
join programmes_campaign p on p.id = f.campaign_id
cross join lateral unnest(f.applicants) as a (applicant_id)
join cases_case c on c.applicant_id = a.applicant_id
where f.campaign_id = any (%(campaigns)s)
  and c.item_id = any (p.items)
  and c.filed_on between f.starts_on and least(%(today)s::date, f.removed_on)
  and c.state <> all (%(not_counted)s)
group by f.id, c.filed_on
