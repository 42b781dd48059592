"""Intake: what applicants send — drafts, answers, materials — online or typed for them at the window.

Owns the content of a filing. The case that it opens belongs to cases; the law's clock is not intake's business.
"""
