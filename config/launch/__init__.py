"""`make run` and its relatives: install, private PostgreSQL, roles, web, worker, stopping, backup.

Owns everything under `var/` (and `/var/lib/yichuang/<hash>` where root's server cannot reach `var/`), never a
word of the business. `setup`, `assets` and what they import need only the standard library: they run before
`.venv/` exists.
"""
