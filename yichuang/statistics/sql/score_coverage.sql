/* By department of the province: items in use, those whose guide was published by the end of a day, and of these
   those that are handled online from end to end. */
select i.department_id, count(*)::bigint as items,
       count(*) filter (where g.is_out)::bigint as guides,
       count(*) filter (where g.is_out and (v.elements ->> 'visits_needed')::int = 0
                        and v.elements -> 'channels' ?| array['online', 'mobile'])::bigint as full_online
from catalogue_item i
join directory_department d on d.id = i.department_id and d.kind = 'provincial'
left join catalogue_guideversion v on v.id = i.current_id
left join lateral (
    select exists (select 1 from catalogue_guideversion p
                   where p.item_id = i.id and p.published_at < %(until)s) as is_out
) g on v.id is not null
where i.is_active
group by i.department_id
