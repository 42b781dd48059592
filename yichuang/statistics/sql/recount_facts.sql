/* What the facts of one day say, read from the facts and the cases behind them: of the drain and its tables nothing. Facts that
   wait in the queue are in no table yet. A fact of a department's own system says its dimensions in its data. */
told as (
    select f.subject_id, f.seq, f.subject_kind, f.kind, f.department_id, f.data from journal_fact f
    where f.day = %(day)s and f.subject_kind in ('case', 'reported', 'window_act')
), taken as materialized (
    select f.subject_id, f.subject_kind, f.kind, f.department_id, f.data from told f
    where not exists (select from journal_fresh q where q.subject_id = f.subject_id and q.seq = f.seq)
), facts as materialized (
    select f.subject_kind, f.kind, f.department_id, c.item_id, c.item_type, c.region, c.channel,
           coalesce(d.outcome, '') as outcome, coalesce(d.promptness, '') as promptness, d.days_used, d.limit_days,
           1::bigint as n
    from taken f
    join cases_case c on c.id = f.subject_id
    left join lateral (
        select c.outcome, c.promptness, c.days_used, c.statutory_days + c.extended_days as limit_days
        where f.kind = 'case.decided'
    ) d on true
    where f.subject_kind = 'case'
    union all
    select f.subject_kind, f.kind, f.department_id, (r.said ->> 'item_id')::uuid, r.said ->> 'item_type',
           coalesce(r.said ->> 'region', ''), coalesce(r.said ->> 'channel', 'reported'), coalesce(r.said ->> 'outcome', ''),
           coalesce(r.said ->> 'promptness', ''), (r.said ->> 'days_used')::int, coalesce((r.said ->> 'limit_days')::int, -1),
           coalesce((r.said ->> 'quantity')::bigint, 1)
    from taken f cross join lateral (select f.data::jsonb as said) r
    where f.subject_kind = 'reported' and f.department_id is not null and r.said ? 'item_id' and r.said ? 'item_type'
)
