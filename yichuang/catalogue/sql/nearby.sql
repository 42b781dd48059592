/*one plan*/ /* Items that share the most words with a question which no item answers whole: at least two of its bigrams in the name.
   Of each bigram some items are looked up, and those that came up most often are compared. */
with met as (
    select i.id
    from unnest(%(each)s::text[]) as e (word)
    cross join lateral (
        select i.id from catalogue_item i where i.named @@ e.word::tsquery and i.is_active limit %(of_each)s
    ) i
), candidate as (
    select id from met group by id order by count(*) desc, id limit %(of_each)s
), scored as (
    select i.id, i.code, i.name, i.main_item, i.item_type, i.department_id, i.region_id, i.current_id, cardinality(i.flags) as flags,
           (select count(*) from unnest(%(each)s::text[]) as e (word) where i.named @@ e.word::tsquery) as score
    from candidate c join catalogue_item i on i.id = c.id
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
