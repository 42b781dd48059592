"""The one table of pages that are read from the replica, where there is one (`yichuang.kernel.replica`).

Only what shows figures, lists and search results to people stands here, never a page on which a step is taken: what a
write is decided from is read from the primary. Long jobs read through `replica.ask` themselves; tests/house/test_replicas.py
names them. Downloads of lists are read block by block (`cases.pages.blocks`), so that one goes on when a replica dies in its middle.
"""

# Names of addresses.
READERS = frozenset(
    {
        "figures",
        "figures-definitions",
        "desk-figures",
        "desk-figures-cases",
        "desk-figures-late",
        "desk-figures-recounts",
        "desk-analysis",
        "desk-balance",
        "desk-durations",
        "desk-durations-cases",
        "desk-efficiency",
        "desk-efficiency-cases",
        "desk-efficiency-items",
        "desk-scores",
        "desk-scores-of",
        "desk-search",
        "items",
        "desk-leaders",
    }
)
