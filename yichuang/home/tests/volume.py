"""A few thousand cases as lists meet them in a big province: many departments and quarters, states common and rare."""

import psycopg

CASES = 6000
DEPARTMENTS = 20

# Made by the superuser straight in the tables: what is looked for is how much is read of them.
SEED = """
set session_replication_role = replica;
create temp table told as
select n, d.moment, (d.moment at time zone 'Asia/Shanghai')::date as day, md5('d' || case when n % 2 = 0 then 0 else n % 20 end)::uuid as department,
       md5('i' || case when n % 4 = 0 then 0 else n % 100 end)::uuid as item, md5('a' || n % 50)::uuid as applicant,
       (lpad(to_hex((extract(epoch from d.moment) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8'
        || substr(md5(n::text), 4, 15))::uuid as id,
       case when n % 600 = 0 then 'special' when n % 150 = 0 then 'refused' when n % 13 = 0 then 'received'
            when n % 11 = 0 then 'review' else 'delivered' end as state
from generate_series(1, 6000) as g (n)
cross join lateral (select timestamptz '2022-01-02 09:00+08' + n * (interval '360 days' / 6000) as moment) d;
insert into cases_case (id, number, item_id, item_version_id, item_name, item_type, handling_kind, department_id, region, channel,
    applicant_id, applicant_name, state, seq, last_hash, filed_at, filed_on, accepted_on, decided_on, closed_on, statutory_days,
    promised_days, due_on, paused_on, days_left, days_used, outcome, green, renews_expires_on)
select id, 'V' || n, item, item, '示例事项', '01', '1', department, '510000000000', '2', applicant, '示例单位', state, 3, '', moment, day,
       case when state in ('review', 'special', 'delivered') then day end, case when state = 'delivered' then day end,
       case when state in ('delivered', 'refused') then day end, 20, 10, case when state = 'review' then day + 14 end,
       case when state = 'special' then day end, case when state = 'special' then 5 end,
       case when state = 'delivered' then 1 end, case when state = 'delivered' then 'granted' end, n % 500 = 0,
       case when n % 1000 = 0 then day + 30 end
from told;
insert into cases_number (number, case_id) select 'V' || n, id from told;
insert into cases_work (case_id, kind, department_id, holder_id, holder_name, due_on, opened_on)
select id, case state when 'received' then 'accept' when 'review' then 'review' else 'resume' end, department,
       case when n % 3 = 0 then md5('h')::uuid end, '', day + 14, day
from told where state in ('received', 'review', 'special');
insert into directory_department (id, code, number_code, name, short_name, kind, document_word, credit_code, region_id, is_active)
select md5('d' || n)::uuid, (900 + n)::text, (900 + n)::text, '示例部门' || n, '示例' || n, 'provincial', '', '', '510000000000', true from generate_series(0, 19) g (n);
insert into directory_applicant (id, kind, name, paper_type, paper_number, phone, address, legal_representative, search)
select md5('a' || n)::uuid, 'company', '示例单位' || n, '001', 'V' || n, '', '', '', '''示例'':1 ''例单'':2 ''单位'':3' from generate_series(0, 5000) g (n);
insert into notices_message (id, applicant_id, account_id, subject_id, seq, channel, template, "to", title, body, link, made_at,
    sent_at, read_at, attempts, failure)
select id, case when n % 3 > 0 then applicant end, case when n % 3 = 0 then md5('h')::uuid end, id, 2, 'sms', 'x', '1', '示例', '示例', '',
       moment, case when n % 900 > 0 then moment end, case when n % 2 = 0 then moment end, 1, case when n % 900 = 0 then '无效' else '' end
from told;
insert into journal_view (id, at, kind, subject_id, label, viewer_id, viewer_name, post, department_id, reason, fields)
select id, moment, case when n % 500 = 0 then 'reveal' else 'case' end, id, 'V' || n, md5('h')::uuid, '示例人员', '审批', department, '核对', '电话'
from told;
set session_replication_role = origin;
analyze;
"""


def fill(admin_url: str) -> None:
    """Fill a database of the test's own."""
    with psycopg.connect(admin_url, autocommit=True) as admin:
        for statement in SEED.split(";\n"):
            if statement.strip():
                admin.execute(statement.encode())
