/* The base table of a year, one row a case as it is held where there are no daily figures: what a scan would have to read. */
drop table if exists bench_base;
create unlogged table bench_base (accepted_on date, decided_on date, department_id uuid, item_type text, channel text,
                                  promptness text, days_used int, limit_days int, applicant text, item_name text);
insert into bench_base
select '2022-01-01'::date + (n % 365), case when n % 100 < 42 then '2022-01-01'::date + (n % 365) + (n % 7)::int end,
       lpad(to_hex((60 ^ (((n * 2654435761) % 4294967296) / 4294967296.0))::int), 32, '0')::uuid,
       (array['20', '20', '20', '20', '01', '05'])[1 + n % 6], (array['1', '2', '3'])[1 + n % 3],
       (array['instant', 'early', 'on_time', 'late'])[1 + n % 4], (n % 26)::int, 20, '示例企业' || n, '示例事项' || n % 1800
from generate_series(1, :cases) n;
