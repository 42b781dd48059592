"""The two pieces of which every Word document consists: runs of text, and paragraphs of a style."""

from xml.sax.saxutils import escape


def run(text: str, style: str = "") -> str:
    """A run of text that holds nothing that XML refuses; blanks at its ends are kept."""
    dressed = f'<w:rPr><w:rStyle w:val="{style}"/></w:rPr>' if style else ""
    kept = "" if text == text.strip() else ' xml:space="preserve"'
    return f"<w:r>{dressed}<w:t{kept}>{escape(text)}</w:t></w:r>"


def paragraph(style: str, runs: str, more: str = "") -> str:
    """A paragraph of the style with this id; `more` are its own properties, which stand behind it."""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{more}</w:pPr>{runs}</w:p>'
