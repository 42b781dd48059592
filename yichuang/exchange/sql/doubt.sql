/* Lines into quarantine: each once for its system, its case, its number and its body. */
insert into exchange_quarantine (id, system_id, source_number, event_no, digest, kind, day, item_code, department_id, case_id,
                                 reasons, state, raw, batch_id, place, at, done_by_name, ground)
select u.id, %(system)s::uuid, u.number, u.no, u.digest, u.kind, u.day, u.item, u.department, u.case_id,
       string_to_array(u.reasons, ','), u.state, u.raw, %(batch)s::uuid, u.place, %(at)s, '', ''
from unnest(%(id)s::uuid[], %(number)s::text[], %(no)s::int[], %(digest)s::text[], %(kind)s::text[], %(day)s::date[],
            %(item)s::text[], %(department)s::uuid[], %(case)s::uuid[], %(reasons)s::text[], %(state)s::text[],
            %(raw)s::text[], %(place)s::int[])
     as u(id, number, no, digest, kind, day, item, department, case_id, reasons, state, raw, place)
/*again*/
returning id, source_number, event_no, digest
