/*one plan*/ /* Who asks with a token, where the post says it all. `more`: the post reaches further than its department, or the account
   stands in for somebody on the day: then the whole question of `actor.sql` is asked. To prepare that for every request cost half of
   this read. */
select t.id, t.account_id, t.scopes, t.last_used_on,
       coalesce(p.reach_region, false) or exists (
           select 1 from directory_standin s
           where s.stand_in_id = a.id and %(day)s::date between s.first_day and s.last_day) as more,
       a.display_name, a.is_staff, a.applicant_id, p.name, p.capabilities, p.everywhere, p.department_id, p.clearance/*along*/
from directory_apitoken t
join directory_account a on a.id = t.account_id and a.is_active
left join directory_post p on p.id = a.post_id and p.is_active
where t.digest = %(digest)s and t.revoked_at is null and t.expires_at > %(at)s
  and (p.id is not null or a.applicant_id is not null)
