/*one plan*/ /* Filing: the client key decides whether anything happens at all; the number is taken last. The item is held until the
   end, so that an item which passes to another department (转隶) takes this case along, or the case is opened there. */
with claimed as (
    insert into journal_client_key (key, subject_id, body_hash, owner, at)
    values (%(key)s, %(id)s, %(key_hash)s, %(owner)s, %(at)s)
    on conflict (key) do nothing
    returning subject_id
), held as (
    select department_id from catalogue_item where id = %(item_id)s for key share
), numbered as (
    insert into journal_series (series, last)
    select %(series)s, 1 from claimed
    on conflict (series) do update set last = journal_series.last + 1
    returning last
), given as (
    select %(number_prefix)s::text || lpad(last::text, greatest(6, length(last::text)), '0') as number,
           coalesce((select department_id from held), %(department_id)s::uuid) as department_id
    from numbered
), opened as (
    insert into cases_case (id, number, item_id, item_version_id, item_name, item_type, handling_kind, department_id,
                            region, channel, applicant_id, applicant_name, state, seq, last_hash, filed_at, filed_on,
                            statutory_days, promised_days, renews_expires_on, confidentiality)
    select %(id)s, given.number, %(item_id)s, %(item_version_id)s, %(item_name)s, %(item_type)s, %(handling_kind)s,
           given.department_id, %(region)s, %(channel)s, %(applicant_id)s, %(applicant_name)s, %(state)s, 1,
           journal_fact_hash(''::bytea, %(id)s, 1, journal_place(%(subject_kind)s, given.department_id, %(key)s, %(key_hash)s), %(kind)s, %(at)s, %(actor)s, null, given.number, %(data)s),
           %(at)s, %(day)s, %(statutory_days)s, %(promised_days)s, %(renews_expires_on)s::date, %(confidentiality)s
    from given
    returning id, number, seq, last_hash, department_id, item_id, item_type, region, channel
), registered as (
    insert into cases_number (number, case_id) select number, id from opened returning 1
), queued as (
    insert into cases_work (case_id, kind, department_id, holder_id, holder_name, due_on, opened_on)
    select id, 'accept', department_id, null, '', %(work_due_on)s, %(day)s from opened
    returning 1
), subject as (
    select o.id as subject_id, o.seq, ''::bytea as prev_hash, o.last_hash as hash, o.number, o.department_id,
           o.item_id, o.item_type, o.region, o.channel
    from opened o
), /*append*/ /*beside*/
select fact.number, fact.seq, fact.hash /*said*/ from fact
