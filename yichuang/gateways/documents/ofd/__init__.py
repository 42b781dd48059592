"""OFD, the national format of finished documents (GB/T 33190-2016), made from the PDF that typst has set.

`tokens` and `reading` take the PDF's pages apart into what is drawn on them (`drawing`), `fonts` makes the subset
typefaces of the PDF stand alone, `package` writes the XML and packs it. Nothing is laid out anew: every character
stands where it stands in the PDF.
"""

from yichuang.gateways.documents.ofd.package import About, ofd_bytes

__all__ = ["About", "ofd_bytes"]
