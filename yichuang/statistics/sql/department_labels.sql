/* Departments by a name that is nobody else's: counties of several cities are called alike, and so are their offices. For people to
   read; what is counted and who may see it goes by the id, for names change. Not recursive: an engine that distributes would refuse
   it beside facts; the state has five levels of divisions. */
with placed as (
    select d.id, d.short_name, d.number_code, d.region_id, r.name as region,
           -- The province stands before none of its divisions.
           concat(case when c.parent_id is not null then c.name end, case when b.parent_id is not null then b.name end,
                  case when a.parent_id is not null then a.name end, r.name) as way
    from directory_department d join directory_region r on r.code = d.region_id
    left join directory_region a on a.code = r.parent_id left join directory_region b on b.code = a.parent_id
    left join directory_region c on c.code = b.parent_id),
alike as (
    select id, short_name, number_code, region_id, region, way, count(*) over (partition by short_name) as called,
           count(*) over (partition by short_name, region) as called_there,
           count(*) over (partition by short_name, way) as called_on_the_way,
           count(*) over (partition by short_name, region_id) as called_here
    from placed),
told as (
    select id, short_name || case when called = 1 then '' else
               '（' || case when called_there = called_here then region
                           when called_on_the_way = called_here then way else way || ' ' || region_id end
                    || case when called_here = 1 then '' else ' ' || number_code end || '）' end as label
    from alike)
select id, case when count(*) over (partition by label) = 1 then label else label || ' ' || id end as label from told
