/* Items in use with a guide in force, and whether they are handled online from end to end. */
select i.department_id, i.id, i.code, i.name, (v.elements ->> 'visits_needed')::int as visits,
       v.elements -> 'channels' ?| array['online', 'mobile'] as online
from catalogue_item i join catalogue_guideversion v on v.id = i.current_id
where i.is_active and v.state = 'published'
  and (%(department)s::uuid is null or i.department_id = %(department)s)
order by i.code
