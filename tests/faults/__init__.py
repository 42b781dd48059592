"""Faults on purpose: what is acknowledged must be kept, whatever is killed, cut or filled. See docs/faults.md."""
