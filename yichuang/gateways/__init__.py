"""Gateways: thin clients of the world outside — typesetting, the file store, mail and SMS, charts, QR codes.

Each has a local stand-in or works on this machine alone, takes everything it needs as arguments, and knows no room.
Owns no table. Only `effects`, `api`, `pages`, `cli` and `render` call it: a transaction never waits for it.
"""
