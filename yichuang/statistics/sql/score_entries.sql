/* The newest entered value of every indicator and department in the days that still count. */
select distinct on (code, department_id) code, department_id, value, source
from statistics_indicatorentry
where as_of between %(since)s and %(last)s and code = any(%(codes)s::text[])
order by code, department_id, as_of desc, at desc
