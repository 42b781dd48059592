"""A second verifier, written from docs/journal-format.md alone, and its agreement with the first."""
