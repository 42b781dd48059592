/* A page of reported cases: each condition leads into an index, and the ids run backwards through the quarters. */
select c.id, c.source_number, s.name, i.name, d.short_name, c.applicant_name, c.state, c.accepted_on, c.decided_on, c.doubts
from (select * from exchange_case c where /*where*/ order by c.id desc limit %(limit)s) c
join exchange_system s on s.id = c.system_id
join catalogue_item i on i.id = c.item_id
join directory_department d on d.id = c.department_id
order by c.id desc
