/* What stands beside a new case, in the statement that opens it: answers, materials, and the receipt. All of it hangs on
   `opened`, so that a key that was used writes nothing. The receipt was made before, but for what only this statement
   knows: the number, the fact's hash, and the newest head of the journal. */
applied as (
    insert into intake_application (case_id, version_id, answers, salt, filed_by_id)
    select o.id, %(item_version_id)s::uuid, %(answers)s::text, %(salt)s::text, %(filed_by)s::uuid from opened o
    returning 1
), brought as (
    insert into intake_material (case_id, id, round, code, name, kind, size, sha256, added_at)
    select o.id, m.id, 0, m.code, m.name, m.kind, m.size, m.sha256, m.added_at
    from opened o cross join (
        select d.id, d.code, d.name, d.kind, d.size, d.sha256, d.added_at
        from intake_draftmaterial d where d.draft_id = %(draft)s::uuid
        union all
        select t.id, t.code, t.name, t.kind, t.size, t.sha256, %(at)s::timestamptz
        from unnest(%(file_ids)s::uuid[], %(file_codes)s::text[], %(file_names)s::text[], %(file_kinds)s::text[],
                    %(file_sizes)s::int[], %(file_digests)s::text[]) as t(id, code, name, kind, size, sha256)
    ) m
    returning 1
), head as (
    select '{"at":"' || to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","chain":"' || %(chain)s::text
           || '","hash":"' || chain || '","number":' || number || '}' as text
    from journal_seal order by number desc limit 1
), handed as (
    insert into intake_receipt (case_id, content_sha256, body)
    select o.id, %(content_sha256)s::text,
           replace(replace(replace(%(receipt)s::text, %(mark_number)s::text, o.number),
                           %(mark_hash)s::text, encode(fact.hash, 'hex')),
                   %(mark_head)s::text, coalesce((select head.text from head), %(genesis)s::text))
    from opened o, fact
    returning body
)
