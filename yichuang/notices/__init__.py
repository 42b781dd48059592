"""Notices: the documents that are served on people, and the messages that tell of them.

Owns the register of issued documents (by their hash) and the outbox of messages. Never decides anything.
"""
