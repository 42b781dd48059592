"""Tests of the launcher: real servers, real signals, no Django."""
