/* One fact about a subject that has no hot row of its own: the chain's end is read from the facts. */
with numbered as (
    insert into journal_series (series, last)
    select %(series)s::text, 1 where %(series)s::text is not null
    on conflict (series) do update set last = journal_series.last + 1
    returning last
), given as (
    select (select %(number_prefix)s::text || lpad(last::text, greatest(%(number_width)s::int, length(last::text)), '0')
                   || %(number_suffix)s::text from numbered) as number
), tail as (
    select f.seq, f.hash from journal_fact f where f.subject_id = %(subject_id)s::uuid order by f.seq desc limit 1
), next as (
    select coalesce((select seq from tail), 0) + 1 as seq,
           coalesce((select hash from tail), ''::bytea) as prev_hash
), subject as (
    select %(subject_id)s::uuid as subject_id, n.seq, n.prev_hash, g.number,
           journal_fact_hash(n.prev_hash, %(subject_id)s::uuid, n.seq,
                             journal_place(%(subject_kind)s, %(department_id)s::uuid, %(key)s, %(key_hash)s), %(kind)s, %(at)s, %(actor)s, %(ground)s,
                             g.number, %(data)s) as hash,
           %(department_id)s::uuid as department_id, %(item_id)s::uuid as item_id,
           %(item_type)s::text as item_type, %(region)s::text as region, %(channel)s::text as channel
    from next n, given g
), /*append*/
select fact.seq, fact.hash, fact.number from fact
