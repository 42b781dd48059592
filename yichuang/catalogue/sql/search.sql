/* Items by words. At most %(cap)s candidates are ranked, those with a guide first, so that a question of one character
   over a whole province costs no more than a precise one. Rank: in the name before elsewhere, with a guide before bare,
   the province's before a district's; then the shorter name, then the code. */
with candidate as (
    select i.id, i.code, i.name, i.main_item, i.item_type, i.department_id, i.region_id, i.current_id,
           cardinality(i.flags) as flags, i.search
    from catalogue_item i
    where i.is_active
      and /*match*/
      and (%(region)s::text is null or i.region_id = %(region)s)
      and (%(item_type)s::text is null or i.item_type = %(item_type)s)
      and (%(department)s::uuid is null or i.department_id = %(department)s)
      and (%(audience)s::text[] is null
           or exists (select 1 from catalogue_guideversion g
                      where g.id = i.current_id and g.elements -> 'audience' ?| %(audience)s))
    order by (i.current_id is null), i.code
    limit %(cap)s
), ranked as (
    select c.*, (case when /*named*/ then 0 else 4 end)
                + (case when c.current_id is null then 2 else 0 end)
                + (case when c.region_id = %(province)s then 0 else 1 end) as rank,
           length(c.name) as size,
           count(*) over () as total
    from candidate c
)
select r.id, r.code, r.name, r.main_item, r.item_type, d.short_name, r.region_id, g.name, r.flags,
       r.current_id, v.promised_days, v.statutory_days, v.handling_kind, v.elements ->> 'summary',
       v.elements -> 'channels' ? 'online', r.rank, r.size, r.total
from ranked r
join directory_department d on d.id = r.department_id
join directory_region g on g.code = r.region_id
left join catalogue_guideversion v on v.id = r.current_id
where %(after_rank)s::int is null
   or (r.rank, r.size, r.code) > (%(after_rank)s::int, %(after_size)s::int, %(after_code)s::text)
order by r.rank, r.size, r.code
limit %(limit)s
