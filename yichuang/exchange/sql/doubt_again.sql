on conflict on constraint quarantine_once do update
set state = excluded.state, reasons = excluded.reasons, case_id = excluded.case_id, department_id = excluded.department_id,
    done_at = null, done_by_name = '', ground = '',
    raw = case when exchange_quarantine.raw = '' then excluded.raw else exchange_quarantine.raw end
where exchange_quarantine.state <> 'dropped'
  and (exchange_quarantine.state, exchange_quarantine.reasons) is distinct from (excluded.state, excluded.reasons)
