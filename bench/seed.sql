/* What stands in the database before anything is measured: cases that ran their whole life in the last four quarters, three
   facts each in a chain that verifies, their numbers, and work that is still open on one in fifty. Departments are drawn by
   a Zipf law over those that have items, and the items of each by another. One paper in twenty lay at the window for up to nine
   days before it was typed: its days are earlier than its place in the table. Made by the superuser straight in the tables: it is ballast, not evidence.
   Several write at once (:part of :parts); its quarters are there before. */
set synchronous_commit = off;
set work_mem = '256MB';
set session_replication_role = replica;

create temp table ranked as
select row_number() over (order by count(*) desc, department_id) as rank, department_id, array_agg(id order by id) as items
from catalogue_item group by department_id;

create temp table drawn as
with weighed as (
    select rank, department_id, items, sum(1.0 / rank) over (order by rank) / sum(1.0 / rank) over () as upto from ranked
)
select g.n, d.department_id,
       d.items[least(cardinality(d.items), floor(power(cardinality(d.items) + 1, (abs(hashint4(g.n)) % 1000000) / 1000000.0))::int)] as item_id,
       timestamptz '2000-01-01' + make_interval(secs => 0) as at, null::uuid as id
from generate_series(:part, :cases, :parts) as g(n)
cross join lateral (
    select w.department_id, w.items from weighed w
    where w.upto >= (abs(hashint4(g.n * 7 + 1)) % 1000000) / 1000000.0 order by w.rank limit 1
) d;

update drawn set at = now() - interval '370 days' + n * (interval '369 days' / :cases);
update drawn set id = (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7'
                       || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid;

create temp table told as
select d.*, i.name as item_name, i.item_type, i.region_id as region, 'S' || lpad(d.n::text, 12, '0') as number,
       (d.at at time zone 'Asia/Shanghai')::date - case when d.n % 20 = 0 then 1 + d.n / 20 % 9 else 0 end as day,
       case when d.n % 20 = 0 then '1' else '2' end as channel,
       json_build_object('answers', repeat(md5(d.n::text), 6), 'applicant', md5('a' || d.n), 'version', d.id)::text as data
from drawn d join catalogue_item i on i.id = d.item_id;

create temp table chained as
with one as (
    select t.*, journal_fact_hash(''::bytea, id, 1, journal_place('case', department_id, 'k' || n, 'h'), 'case.filed', at,
                                  'applicant:ballast', null, number, data) as h1 from told t
), two as (
    select o.*, journal_fact_hash(h1, id, 2, journal_place('case', department_id, 'a' || n, 'h'), 'case.accepted',
                                  at + interval '1 hour', 'staff:ballast', null, null, '{}') as h2 from one o
)
select w.*, journal_fact_hash(h2, id, 3, journal_place('case', department_id, 'd' || n, 'h'), 'case.delivered',
                              at + interval '5 hours', 'staff:ballast', null, null, '{}') as h3 from two w;

insert into cases_case (id, number, item_id, item_version_id, item_name, item_type, handling_kind, department_id, region, channel,
                        applicant_id, applicant_name, state, seq, last_hash, filed_at, filed_on, accepted_on, decided_on,
                        closed_on, statutory_days, promised_days, days_used, outcome, promptness)
select id, number, item_id, item_id, item_name, item_type, '1', department_id, region, channel,
       md5('a' || (n % 50000))::uuid, '示例单位', 'delivered', 3, h3, at, day, day, day, day, 20, 10, 0, 'granted', 'instant'
from chained order by id;
insert into cases_number (number, case_id) select number, id from chained order by number;
insert into journal_fact (subject_id, seq, subject_kind, kind, at, day, actor, department_id, number, data, key, key_hash,
                          prev_hash, hash)
select c.id, f.seq, 'case', f.kind, c.at + f.later, c.day, f.actor, c.department_id,
       case when f.seq = 1 then c.number end, case when f.seq = 1 then c.data else '{}' end, f.mark || c.n, 'h',
       case f.seq when 1 then ''::bytea when 2 then c.h1 else c.h2 end, case f.seq when 1 then c.h1 when 2 then c.h2 else c.h3 end
from chained c cross join (values (1, 'case.filed', interval '0', 'applicant:ballast', 'k'),
                                  (2, 'case.accepted', interval '1 hour', 'staff:ballast', 'a'),
                                  (3, 'case.delivered', interval '5 hours', 'staff:ballast', 'd')) f(seq, kind, later, actor, mark)
order by c.id, f.seq;
insert into cases_work (case_id, kind, department_id, holder_name, due_on, opened_on)
select id, 'deliver', department_id, '', day + 10, day from chained where n % 50 = 0;
