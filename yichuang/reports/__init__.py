"""The weekly report (窗口工作周报): contributions, figures, wording, layout, editions; reading past reports.

Owns the reports and what was read from printed ones. Never counts cases itself (figures come from
`statistics`), and never changes a word or a figure of a report that has been issued.
"""
