"""Proofs that are too long for every day: `python -m tests.proof`, or `make proof`."""
