"""Pure rules of the catalogue: reading item lists, guides as data, their forms, their completeness, coverage."""
