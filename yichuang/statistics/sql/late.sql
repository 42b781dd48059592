/* What was drained late in a period, newest first; the order is total, so that a page begins where the last one ended. */
select day, drained_on, kind, department_id, item_type, count, facts
from statistics_late
where drained_on between %(first)s and %(last)s
  and (%(drained_on)s::date is null
       or drained_on < %(drained_on)s
       or drained_on = %(drained_on)s and (day < %(day)s
           or day = %(day)s and (kind, department_id, item_type) > (%(kind)s::text, %(department)s::uuid, %(item_type)s::text)))
order by drained_on desc, day desc, kind, department_id, item_type
limit %(limit)s
