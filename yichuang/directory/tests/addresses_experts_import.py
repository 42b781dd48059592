"""What the addresses of the import of experts are tried with."""

from tests.stories.tables import Tables

TABLES = Tables(
    post_only=frozenset({"experts-import-confirm"}),
    axe={"supervisor": lambda s: {"experts import": "/desk/experts/import"}},
)
