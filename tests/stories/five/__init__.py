"""Helpers of the story of the five printed reports: the registers filled, the report made again, both compared."""
