/* Items that share the most words with a question which no item answers whole: at least two of its bigrams in the name. */
with candidate as (
    select i.id, i.code, i.name, i.main_item, i.item_type, i.department_id, i.region_id, i.current_id,
           cardinality(i.flags) as flags, ts_filter(i.search, '{a}') as named
    from catalogue_item i
    where i.is_active and i.search @@ %(any)s::tsquery
    order by (i.current_id is null), i.code
    limit %(cap)s
), scored as (
    select c.*, (select count(*) from unnest(%(each)s::text[]) as e(word) where c.named @@ e.word::tsquery) as score
    from candidate c
)
select s.id, s.code, s.name, s.main_item, s.item_type, d.short_name, s.region_id, g.name, s.flags,
       s.current_id, v.promised_days, v.statutory_days, v.handling_kind, v.elements ->> 'summary',
       v.elements -> 'channels' ? 'online'
from scored s
join directory_department d on d.id = s.department_id
join directory_region g on g.code = s.region_id
left join catalogue_guideversion v on v.id = s.current_id
where s.score >= 2
order by s.score + (case when s.current_id is null then 0 else 2 end) desc, (s.region_id <> %(province)s), length(s.name), s.code
limit %(limit)s
