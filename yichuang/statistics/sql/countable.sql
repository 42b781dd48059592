/* Which rows of the queue are counted among cases. */
subject_kind in ('case', 'reported') and item_id is not null and item_type is not null and department_id is not null
