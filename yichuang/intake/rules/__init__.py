"""Pure functions of intake: what a draft lacks, what changed, where a case stands in one sentence."""
