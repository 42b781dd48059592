/* Items by words: in the name before elsewhere, with a guide before bare, the province's before a district's; then the shorter
   name, then the code. At most %(cap)s of each kind are taken, in that very order, so what is shown first is what would be first
   among all. Common words are met on the way along the order's own index, rare ones are looked up and put in order. */
with named as (
    select i.id, i.code, i.name, i.main_item, i.item_type, i.department_id, i.region_id, i.current_id,
           cardinality(i.flags) as flags, 0 as place
    from catalogue_item i
    where i.is_active and /*named*/ and /*narrowed*/
    order by (i.current_id is null), (i.region_id <> '510000000000'), length(i.name), i.code
    limit %(cap)s
), other as (
    select i.id, i.code, i.name, i.main_item, i.item_type, i.department_id, i.region_id, i.current_id,
           cardinality(i.flags) as flags, 4 as place
    from catalogue_item i
    where i.is_active and /*match*/ and /*narrowed*/
    order by (i.current_id is null), (i.region_id <> '510000000000'), length(i.name), i.code
    limit %(cap)s
), candidate as (
    select n.* from named n
    union all
    select o.* from other o where not exists (select from named n where n.id = o.id)
    limit %(cap)s
), ranked as (
    select c.*, c.place + (case when c.current_id is null then 2 else 0 end)
                + (case when c.region_id = '510000000000' then 0 else 1 end) as rank,
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
