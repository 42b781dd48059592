"""Cases that departments handle in their own systems and report to the platform: who may report, what was reported, what is doubtful.

It owns the register of systems, the reported cases with what was reported about them, the batches and the quarantine. It
never files cases of the platform, never gives them work, and never changes what a system has reported: it takes it, or says
why not.
"""
