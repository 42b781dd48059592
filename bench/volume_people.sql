/* Applicants by their numbers, :first to :last, and the agents: some never apply. */
insert into directory_applicant (id, kind, name, paper_type, paper_number, phone, address, legal_representative, search)
select p.id, p.kind, p.name, '111', 'V' || p.id, '13800000000', '', '',
       (select string_agg('''' || substr(p.name, at, 2) || ''':' || at, ' ' order by at) from generate_series(1, length(p.name)) at)::tsvector
from (select a.id, a.kind,
             substr('张王李赵刘陈杨黄吴周徐孙马朱胡', 1 + abs(hashtext(a.id::text) % 15), 1)
             || substr('示例甲乙丙丁戊己庚辛壬癸', 1 + abs(hashtext(a.id::text || 'x') % 12), 1)
             || substr('一二三四五六七八九十百千万', 1 + abs(hashtext(a.id::text || 'y') % 13), 1) as name
      from (select md5('p' || n)::uuid as id, 'person' as kind from generate_series(:first, :last) g (n)
            union all select md5('agent' || n)::uuid, 'company' from generate_series(:first, least(:last, 1000)) g (n)) a) p
on conflict do nothing;
