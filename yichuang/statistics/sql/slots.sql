/* What rows of (kind, promptness, n) count by slot of the coarse grain. */
coalesce(sum(n) filter (where kind = 'case.filed'), 0)::bigint as received,
       coalesce(sum(n) filter (where kind in ('case.accepted', 'reported.accepted')), 0)::bigint as accepted,
       coalesce(sum(n) filter (where kind in ('case.delivered', 'reported.delivered')), 0)::bigint as delivered,
       coalesce(sum(n) filter (where kind = 'case.refused'), 0)::bigint as refused,
       coalesce(sum(n) filter (where kind in ('case.withdrawn', 'reported.withdrawn')), 0)::bigint as withdrawn,
       coalesce(sum(n) filter (where kind in ('case.terminated', 'reported.terminated')), 0)::bigint as terminated,
       coalesce(sum(n) filter (where kind in ('case.decided', 'reported.decided') and promptness = 'instant'), 0)::bigint as instant,
       coalesce(sum(n) filter (where kind in ('case.decided', 'reported.decided') and promptness = 'early'), 0)::bigint as early,
       coalesce(sum(n) filter (where kind in ('case.decided', 'reported.decided') and promptness = 'on_time'), 0)::bigint as on_time,
       coalesce(sum(n) filter (where kind in ('case.decided', 'reported.decided') and promptness = 'late'), 0)::bigint as late,
       coalesce(sum(n) filter (where kind in ('case.decided', 'reported.decided')
                               and promptness not in ('instant', 'early', 'on_time', 'late')), 0)::bigint as unjudged
