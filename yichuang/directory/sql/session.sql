/*one plan*/ /* What Django keeps under the key of a session that has not ended, and beside it whom the session may stand for. The
   account is asked for by its own id: whether the session names it is for the reader to judge. */
select s.session_data, who.* from django_session s
left join lateral (select true as is_there, found.* from (
/*actor*/
) found) who on true
where s.session_key = %(key)s and s.expire_date > %(now)s
