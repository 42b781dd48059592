/* The kinds of facts that a slot counts. */
'case.filed', 'case.accepted', 'reported.accepted', 'case.delivered', 'reported.delivered', 'case.refused',
'case.withdrawn', 'reported.withdrawn', 'case.terminated', 'reported.terminated', 'case.decided', 'reported.decided'
