/*one plan*/ /* What an item is filed under now, without the guide's elements: those are kept by the process for as long as the
   version's row is this very one (`row_version`). */
select i.id, i.code, i.name, i.item_type, i.region_id, d.id, d.code, d.number_code, d.name, d.short_name, d.document_word,
       v.id, v.number, v.state, v.published_at, v.statutory_days, v.promised_days, v.handling_kind,
       v.xmin::text || ' ' || v.ctid::text as row_version
from catalogue_item i
join directory_department d on d.id = i.department_id
left join catalogue_guideversion v on v.id = i.current_id
where (i.code = %(code)s or i.id = %(id)s) and i.is_active
order by i.id limit 1
