/* Departments by a name that is nobody else's: bodies of several divisions are called alike, and an analyst's files know no ids. */
select d.id, case when count(*) over (partition by d.short_name) = 1 then d.short_name
                  else d.short_name || '（' || r.name
                       || case when count(*) over (partition by d.short_name, d.region_id) = 1 then '' else ' ' || d.number_code end || '）'
             end as label
from directory_department d join directory_region r on r.code = d.region_id
