/*one plan*/ /* Who an account is at this moment: its post, the departments that a post with the reach of a division reaches, and
   the capabilities that are held for the day in the place of absent colleagues of the same department. Both sides must
   be in office, and a stand-in whose own reach goes beyond that of the absent gains nothing. */
select a.display_name, a.is_staff, a.applicant_id, p.name, p.capabilities, p.everywhere, p.department_id, p.clearance,
       case when p.reach_region then array(
           with recursive up as (
               select distinct d.region_id as leaf, d.region_id as code from directory_department d
               union
               select u.leaf, r.parent_id from up u join directory_region r on r.code = u.code
               where r.parent_id is not null)
           select d.id from directory_department d join up u on u.leaf = d.region_id
           where u.code = (select o.region_id from directory_department o where o.id = p.department_id))
       end,
       case when %(day)s::date is not null then (
           select json_agg(json_build_object('id', s.absent_id, 'name', b.display_name, 'capabilities', array(
                      select unnest(s.capabilities) intersect select unnest(q.capabilities))) order by s.id)
           from directory_standin s
           join directory_account b on b.id = s.absent_id and b.is_active
           join directory_post q on q.id = b.post_id and q.is_active and q.department_id = p.department_id
           where s.stand_in_id = a.id and %(day)s::date between s.first_day and s.last_day
             and (s.ended_on is null or %(day)s::date < s.ended_on)
             and q.everywhere::int * 2 + q.reach_region::int >= p.everywhere::int * 2 + p.reach_region::int)
       end, a.password
from directory_account a
left join directory_post p on p.id = a.post_id and p.is_active
where a.id = %(id)s and a.is_active and (p.id is not null or a.applicant_id is not null)
