"""Plain JSON into frozen records and back."""

from dataclasses import FrozenInstanceError, dataclass
from enum import StrEnum

import pytest

from yichuang.catalogue.rules.records import RecordProblem, build, join, plain


class Colour(StrEnum):
    RED = "红"
    BLUE = "蓝"


@dataclass(frozen=True, slots=True)
class Leaf:
    name: str
    size: int = 1


@dataclass(frozen=True, slots=True)
class Tree:
    name: str
    tall: bool
    colours: tuple[Colour, ...]
    leaves: tuple[Leaf, ...] = ()
    root: Leaf | None = None
    crown: Leaf = Leaf("冠")


DATA = {
    "name": "树",
    "tall": True,
    "colours": ["红", "蓝"],
    "leaves": [{"name": "一"}, {"name": "二", "size": 2}],
    "root": {"name": "根"},
    "crown": {"name": "冠", "size": 9},
}


def test_a_record_from_data_and_back() -> None:
    tree = build(Tree, DATA)
    assert tree.colours == (Colour.RED, Colour.BLUE)
    assert tree.leaves[0] == Leaf("一", 1)
    assert tree.root == Leaf("根")
    assert build(Tree, plain(tree)) == tree
    assert plain(tree)["leaves"][0] == {"name": "一", "size": 1}
    assert plain(tree)["colours"] == ["红", "蓝"]


def test_what_may_be_left_out_takes_its_default() -> None:
    tree = build(Tree, {"name": "树", "tall": False, "colours": []})
    assert (tree.leaves, tree.root, tree.crown) == ((), None, Leaf("冠"))
    assert build(Tree, {"name": "树", "tall": False, "colours": [], "root": None}).root is None


def test_a_record_is_frozen() -> None:
    tree = build(Tree, DATA)
    with pytest.raises(FrozenInstanceError):
        tree.name = "草"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("change", "path", "says"),
    [
        ({"name": None}, "name", "应为文字"),
        ({"name": 1}, "name", "应为文字"),
        ({"tall": "yes"}, "tall", "应为是或否"),
        ({"colours": "红"}, "colours", "应为列表"),
        ({"colours": ["绿"]}, "colours[0]", "可选：红、蓝"),
        ({"leaves": [{"name": "一"}, {"size": 2}]}, "leaves[1].name", "缺少"),
        ({"leaves": [{"name": "一", "size": True}]}, "leaves[0].size", "应为整数"),
        ({"leaves": [{"name": "一", "size": 1.5}]}, "leaves[0].size", "应为整数"),
        ({"leaves": ["一"]}, "leaves[0]", "应为一组"),
        ({"root": {"name": "根", "deep": 1}}, "root.deep", "没有这一项"),
        ({"bark": ""}, "bark", "没有这一项"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(change: dict[str, object], path: str, says: str) -> None:
    with pytest.raises(RecordProblem, match=says) as caught:
        build(Tree, DATA | change)
    assert caught.value.path == path


@pytest.mark.parametrize("value", [None, [], "树", 1])
def test_data_that_is_no_object(value: object) -> None:
    with pytest.raises(RecordProblem, match="整体"):
        build(Tree, value)


def test_paths() -> None:
    assert join("", "a") == "a"
    assert join("a[0]", "b") == "a[0].b"
