"""What the addresses of evidence are tried with: keys, heads and proofs for strangers; proofs and deletion for officers."""

from tests.stories.samples import Samples
from tests.stories.tables import Tables
from yichuang.kernel import sql


def _sealed_hash() -> str:
    row = sql.one("select encode(hash, 'hex') from journal_leaf order by seal_number, position limit 1")
    return str(row[0]) if row else "0" * 64


def _auditor(samples: Samples) -> dict[str, str]:
    return {
        "封账证明": f"/desk/journal/subjects/{samples.own_case}/1",
        "依法删除": f"/desk/destruction?q={samples.own_number}",
    }


TABLES = Tables(
    parameters={
        "fact_hash": lambda samples: _sealed_hash(),
        "fact_seq": lambda samples: 1,
        "destroyed_case": lambda samples: samples.own_case,
    },
    post_only=frozenset({"destruction-do"}),
    axe={"auditor": _auditor},
)
