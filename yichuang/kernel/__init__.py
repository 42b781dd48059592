"""Kernel: what every room stands on — actor, errors, SQL runner, keys, canonical text, paging, web guards,
identifiers with check digits, bigrams.

Owns no table and knows no word of the business. Never imports another room.
"""
