"""Official documents: what one consists of (`model`), its running text (`blocks`), and four ways to set it —
plain text, HTML, Word (`word`) and PDF (`typesetting`). The words are the caller's; the layout is GB/T 9704-2012.
"""
