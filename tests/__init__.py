"""Tests of the house as a whole, and of stories that go through several rooms."""
