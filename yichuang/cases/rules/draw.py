"""The random draw of experts: a pure function of a seed and a list, so that anybody can do it again.

No generator of a language is used, only SHA-256 and whole numbers; the algorithm is told in `STEPS`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from yichuang.cases.flow.reviewers import Exclusion

NUMBERS = 1 << 64

STEPS = (
    "名单：符合条件的专家按编号（UUID 的小写文本）从小到大排列，位置从 0 开始。",
    "种子：SHA-256(办件编号 + 换行 + 最新封账的链值 + 换行 + 本次抽取的编号)，写成 64 位小写十六进制。",
    "取数：计数器 k 从 0 开始，每取一次加 1；SHA-256(种子 + “:” + k) 的前 8 个字节按大端读作整数 r。",
    "排列（Fisher–Yates）：i 从最后一个位置降到 1；取 r，若 r ≥ 2⁶⁴ − 2⁶⁴ mod (i+1) 则弃去再取；"
    "j = r mod (i+1)，交换位置 i 与 j。",
    "结果：排列后的前若干位入选，其后若干位依次候补。",
)


@dataclass(frozen=True, slots=True)
class Draw:
    """What a draw yields: who is in, and who follows in this order when somebody stands down."""

    drawn: tuple[UUID, ...]
    reserve: tuple[UUID, ...]


def seed_of(case_number: str, head_chain: str, request_id: UUID) -> str:
    """The seed of a draw: known to nobody before the request, kept and shown with it."""
    return hashlib.sha256(f"{case_number}\n{head_chain}\n{request_id}".encode()).hexdigest()


def shuffled(seed: str, pool: Sequence[UUID]) -> tuple[UUID, ...]:
    """The pool in the order that the seed gives; the order in which it was handed in does not matter."""
    order = sorted(set(pool), key=str)
    counter = 0
    for place in range(len(order) - 1, 0, -1):
        fair = NUMBERS - NUMBERS % (place + 1)
        while True:
            number = _number(seed, counter)
            counter += 1
            if number < fair:
                break
        other = number % (place + 1)
        order[place], order[other] = order[other], order[place]
    return tuple(order)


def _number(seed: str, counter: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}:{counter}".encode()).digest()[:8], "big")


def draw(seed: str, pool: Sequence[UUID], *, wanted: int, reserve: int) -> Draw:
    """Draw `wanted` and up to `reserve` more. Raises ValueError for a pool that is too small or numbers below 1 and 0."""
    if wanted < 1 or reserve < 0 or len(set(pool)) < wanted:
        raise ValueError("a draw needs at least one place and as many eligible experts as places")
    order = shuffled(seed, pool)
    return Draw(order[:wanted], order[wanted : wanted + reserve])


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody of the pool as the draw sees them; names of bodies are compared in their plain form."""

    id: UUID
    unit: str
    unit_code: str
    is_active: bool
    relations: frozenset[str]
    recent: int


def sift(
    candidates: Sequence[Candidate], *, applicant: str, paper: str, most: int
) -> tuple[tuple[UUID, ...], tuple[tuple[UUID, Exclusion], ...]]:
    """Who may be drawn, and who may not with the first reason that holds; both by id.

    `applicant` in plain form, `paper` the credit code or identity number. Whoever has an interest in the matter keeps
    away from it.
    """
    eligible: list[UUID] = []
    excluded: list[tuple[UUID, Exclusion]] = []
    for one in sorted(candidates, key=lambda one: str(one.id)):
        why = _why_not(one, applicant, paper, most)
        if why is None:
            eligible.append(one.id)
        else:
            excluded.append((one.id, why))
    return tuple(eligible), tuple(excluded)


def _why_not(one: Candidate, applicant: str, paper: str, most: int) -> Exclusion | None:
    if not one.is_active:
        return Exclusion.INACTIVE
    if one.unit == applicant or (one.unit_code and one.unit_code == paper):
        return Exclusion.SAME_UNIT
    if applicant in one.relations:
        return Exclusion.RELATION
    return Exclusion.BUSY if one.recent >= most else None
