/*one plan*/ /* Items by words: in the name before elsewhere, with a guide before bare, the province's before a district's; then by name the
   shorter before the longer, elsewhere in an order that has nothing to do with words. For each of the two some items are walked past
   in that very order, which is enough for words that are common; only where they do not fill the page are all looked up, which is
   little where words are rare, and of those at most a fixed number is put in order. So no word costs the whole catalogue.
   One plan: with the words known, some would be planned as a scan of everything. */
with /*parts*/
hit as (
    /*hits*/
    order by rank, size, tie
    limit %(limit)s
)
select i.id, i.code, i.name, i.main_item, i.item_type, d.short_name, i.region_id, g.name, cardinality(i.flags),
       i.current_id, v.promised_days, v.statutory_days, v.handling_kind, v.elements ->> 'summary',
       v.elements -> 'channels' ? 'online', h.rank, /*total*/
from hit h
join catalogue_item i on i.id = h.id
join directory_department d on d.id = i.department_id
join directory_region g on g.code = i.region_id
left join catalogue_guideversion v on v.id = i.current_id
order by h.rank, h.size, h.tie
