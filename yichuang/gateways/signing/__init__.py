"""Signatures of finished files: detached SM2 (`sm2`), inside a PDF (`pdf`), and the keys of the installation (`keys`)."""
