"""`yichuang work`, `drain`, `export-journal` and `verify-journal`; the last of them needs neither Django nor a database."""
