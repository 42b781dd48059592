"""The follow code as people write it."""

_MISREAD = str.maketrans({"0": "O", "1": "I", "8": "B"})


def spelled(code: str) -> str:
    """A follow code in two groups, as it is printed."""
    return f"{code[:5]}-{code[5:]}"


def read_code(text: str) -> str:
    """A follow code as somebody typed it: blanks, hyphens, small letters and misread figures forgiven."""
    return "".join(sign for sign in text.upper() if sign.isalnum()).translate(_MISREAD)
