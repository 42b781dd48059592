/* One block of the ballast: the cases :first to :last of :cases, with all that stands beside them. */
create temp table drawn on commit drop as
select n, now() - interval '1460 days' + n * (interval '1460 days' / :cases::float8) as at,
       (hashint4(n)::bigint + 2147483648) / 4294967296.0 as a, (hashint4(n * 3 + 7)::bigint + 2147483648) / 4294967296.0 as b,
       (hashint4(n * 5 + 1)::bigint + 2147483648) / 4294967296.0 as c, (hashint4(n * 11 + 5)::bigint + 2147483648) / 4294967296.0 as d
from generate_series(:first, :last) as g(n);

create temp table told on commit drop as
select d.n, d.at, (d.at at time zone 'Asia/Shanghai')::date as day, d.c, d.d, w.department_id,
       w.items[least(w.many, floor(power(w.many + 1, d.b))::int)] as item_id,
       (lpad(to_hex((extract(epoch from d.at) * 1000)::bigint), 12, '0') || '7' || substr(md5(d.n::text), 1, 3) || '8'
        || substr(md5(d.n::text), 4, 15))::uuid as id,
       -- Of what came in the last thirty days more is open the younger it is; a little of everything older.
       case when d.c < case when d.at > now() - interval '30 days'
                            then 0.8 * (1 - extract(epoch from now() - d.at) / 2592000.0) else 0.0005 end
            then (array['received', 'received', 'correcting', 'review', 'review', 'review', 'review', 'special', 'decided', 'decided'])[1 + floor(d.d * 10)::int]
            when d.d < 0.02 then 'refused' when d.d < 0.04 then 'terminated' else 'delivered' end as state,
       case when d.d < 0.7 then md5('p' || 1 + floor(d.c * :cases * 0.6)) else md5('agent' || 1 + floor(1000 * d.c * d.c)) end::uuid as applicant_id
from drawn d join weighed w on d.a >= w.above and d.a < w.upto;

insert into cases_case (id, number, item_id, item_version_id, item_name, item_type, handling_kind, department_id, region, channel,
                        applicant_id, applicant_name, state, seq, last_hash, filed_at, filed_on, accepted_on, decided_on,
                        closed_on, statutory_days, promised_days, due_on, statutory_due_on, paused_on, days_left, days_used, outcome,
                        promptness, green)
select t.id, 'V' || lpad(t.n::text, 12, '0'), t.item_id, t.item_id, i.name, i.item_type, '1', t.department_id, i.region_id, '2',
       t.applicant_id, '示例单位' || substr(t.applicant_id::text, 1, 4), t.state, 3, '\x00', t.at, t.day,
       case when t.state in ('review', 'special', 'decided', 'delivered', 'terminated') then t.day + 1 end,
       case when t.state in ('decided', 'delivered') then t.day + 5 end,
       case when t.state in ('delivered', 'refused', 'terminated') then t.day + 6 end, 20, 10,
       case when t.state <> 'special' then t.day + 14 end, t.day + 28, case when t.state = 'special' then t.day + 2 end,
       case when t.state = 'special' then 8 end, case when t.state in ('decided', 'delivered') then 4 end,
       case when t.state in ('decided', 'delivered') then case when t.d < 0.06 then 'denied' else 'granted' end end,
       case when t.state in ('decided', 'delivered') then 'early' end,
       -- Urgent is one in five thousand, and of what is open one in fifty.
       t.n % 5000 = 0 or t.n % 50 = 0 and t.state in ('received', 'correcting', 'review', 'special', 'decided')
from told t join catalogue_item i on i.id = t.item_id order by t.id;
insert into cases_number (number, case_id) select 'V' || lpad(n::text, 12, '0'), id from told order by n;
insert into cases_work (case_id, kind, department_id, holder_id, holder_name, due_on, opened_on)
select id, case state when 'received' then 'accept' when 'correcting' then 'correct' when 'special' then 'resume' when 'decided' then 'deliver'
                      else (array['review', 'review', 'review', 'second', 'decide'])[1 + n % 5] end,
       department_id, case when n % 3 = 0 then md5('h' || department_id || n % 7)::uuid end, case when n % 3 = 0 then '示例人员' else '' end,
       day + 14, day
from told where state in ('received', 'correcting', 'review', 'special', 'decided');
insert into notices_message (id, applicant_id, account_id, subject_id, seq, channel, template, "to", title, body, link, made_at, sent_at, read_at,
                             attempts, failure)
select t.id, case when t.n % 3 <> 0 then t.applicant_id end, case when t.n % 3 = 0 then md5('h' || t.department_id || t.n % 7)::uuid end,
       t.id, 2, case when t.n % 3 = 0 then 'inside' when t.n % 2 = 0 then 'sms' else 'mail' end, 'case.accepted', '1', '您的申请已受理',
       '示例事项已受理，请留意办理进度。', '', t.at, case when t.n % 1000 <> 0 then t.at end, case when t.n % 2 = 0 then t.at end, 1,
       case when t.n % 1000 = 0 and t.n % 2000 = 0 then '号码无效' else '' end
from told t;
insert into journal_view (id, at, kind, subject_id, label, viewer_id, viewer_name, post, department_id, reason, fields)
select t.id, t.at, case when t.n % 997 = 0 then 'reveal' when t.n % 5 = 0 then 'search' else 'case' end, t.id, 'V' || t.n,
       md5('h' || t.department_id || t.n % 7)::uuid, '示例人员' || t.n % 7, '审批', t.department_id, '核对', '电话'
from told t where t.n % 2 = 0;
