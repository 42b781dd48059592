"""Pure rules of the weekly report: numbering of issues (`numbering`), reading printed ones (`reading`)."""
