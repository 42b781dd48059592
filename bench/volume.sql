/* Ballast for lists and searches, what is done once (then `volume_block.sql`, `volume_people.sql`): cases over the last four years with what lists read of them, and nothing that chains
   or counts. Departments, and the matters of each, are drawn by Zipf's law; of the last weeks many are still open; applicants are
   many people with one case and few agents with thousands. Made by the superuser straight in the tables: ballast, not evidence. */
set synchronous_commit = off;
set work_mem = '256MB';
set session_replication_role = replica;

select journal_ensure_quarter(p.parent, (current_date - g.back * interval '1 month')::date)
from journal_partitioned p, generate_series(-3, 49) as g(back);

create temp table ranked as
select row_number() over (order by count(*) desc, department_id) as rank, department_id, array_agg(id order by md5(id::text)) as items
from catalogue_item group by department_id;
create temp table weighed as
select department_id, items, cardinality(items) as many, sum(1.0 / rank) over (order by rank) / sum(1.0 / rank) over () as upto,
       coalesce(sum(1.0 / rank) over (order by rank rows between unbounded preceding and 1 preceding), 0) / sum(1.0 / rank) over () as above
from ranked;

