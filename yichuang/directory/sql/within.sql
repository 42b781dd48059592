/* The departments whose division lies at or below that of a department. */
with recursive up as (
    select distinct d.region_id as leaf, d.region_id as code from directory_department d
    union
    select u.leaf, r.parent_id from up u join directory_region r on r.code = u.code where r.parent_id is not null)
select d.id from directory_department d join up u on u.leaf = d.region_id
where u.code = (select o.region_id from directory_department o where o.id = %(department)s)
order by d.id
