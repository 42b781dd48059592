/* What happened in a month, one row a fact that figures count, without anything that names a person: as CSV. */
copy (
    with named as materialized (/*department_labels*/)
    select f.day, f.subject_kind as source, split_part(f.kind, '.', 2) as kind, d.label as department,
           i.code as item_code, i.name as item_name, c.item_type, c.handling_kind, c.region, c.channel,
           case when f.kind = 'case.decided' then c.outcome end as outcome,
           case when f.kind = 'case.decided' then c.promptness end as promptness,
           case when f.kind = 'case.decided' then c.days_used end as days_used,
           case when f.kind = 'case.decided' then c.statutory_days + c.extended_days end as limit_days,
           c.corrections, c.extended_days, extract(hour from f.at at time zone 'Asia/Shanghai')::int as hour, 1 as quantity,
           f.department_id
    from journal_fact f
    join cases_case c on c.id = f.subject_id
    left join named d on d.id = f.department_id
    left join catalogue_item i on i.id = c.item_id
    where f.subject_kind = 'case' and f.day between {first} and {last}
      and f.kind in ('case.filed', 'case.accepted', 'case.decided', 'case.delivered', 'case.refused', 'case.withdrawn',
                     'case.terminated')
    union all
    select f.day, f.subject_kind, split_part(f.kind, '.', 2), d.label, i.code, i.name, r.said ->> 'item_type', null,
           r.said ->> 'region', coalesce(r.said ->> 'channel', 'reported'), r.said ->> 'outcome', r.said ->> 'promptness',
           (r.said ->> 'days_used')::int, (r.said ->> 'limit_days')::int, null, null,
           extract(hour from f.at at time zone 'Asia/Shanghai')::int, coalesce((r.said ->> 'quantity')::bigint, 1),
           f.department_id
    from journal_fact f cross join lateral (select f.data::jsonb as said) r
    left join named d on d.id = f.department_id
    left join catalogue_item i on i.id = (r.said ->> 'item_id')::uuid
    where f.subject_kind = 'reported' and f.day between {first} and {last}
      and f.kind in ('reported.accepted', 'reported.decided', 'reported.delivered', 'reported.withdrawn', 'reported.terminated')
      /* What was in doubt or taken back before it counted names no item and counts nothing. */
      and r.said ? 'item_id' and r.said ? 'item_type'
) to stdout (format csv, header true)
