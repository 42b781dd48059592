"""Charts of hostile words: they are written as words, lead where the builder says, and never end the process."""

from datetime import date
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from yichuang.gateways import charts
from yichuang.gateways.charts import Bar, Point, Series, bars, lines
from yichuang.gateways.tests.fonts import svg

DAY = date(2022, 9, 1)
ALLOWED = {"svg", "g", "path", "line", "rect", "text", "tspan", "a"}
WORDS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "甲 onclick=alert(1)",
    "甲 style=display:none",
    "xlink:href=javascript:alert(1)",
    "javascript:alert(1)",
    "]]></text><script/>",
    "&lt;b&gt; &amp; &#x3c;",
    "⟦https://elsewhere.example/?",
    "⟦javascript:alert(1)//",
    "⟦//elsewhere.example⟧",
    "⟧甲⟦",
    "{{ 7 * 7 }} ${7*7} #{7*7}",
    "datum.value",
    "=cmd|'/c calc'!A1",
    "甲'乙\"丙\\丁`戊",
    "\u202e倒写\u202c",
    "a\\nb",
    "长" * 400,
    "䶮㛃𬀩",
]
# The chart engine ends its process on a sign that XML refuses; nothing of the kind may reach it.
REFUSED_BY_XML = ["甲\0乙", "甲\x01乙", "甲\x1b[31m乙", "甲\ufffe乙", "甲\uffff乙", "甲\ud800乙", "甲\x7f乙"]


def checked(drawn: str) -> Element:
    """The drawing, parsed: nothing in it runs or styles, and its links stay on this site."""
    root: Element = fromstring(drawn)
    for element in root.iter():
        assert element.tag.rpartition("}")[2] in ALLOWED
        for name, value in element.attrib.items():
            assert name != "style"
            assert not name.lower().startswith("on")
            assert name != "href" or (value.startswith("/") and not value.startswith("//"))
    return root


def said(root: Element) -> list[str]:
    """What marks are called."""
    return [str(element.get("aria-label")) for element in root.iter() if element.tag.endswith("}path")]


def hrefs(root: Element) -> list[str]:
    """Where marks lead."""
    return [str(element.get("href")) for element in root.iter() if element.tag.endswith("}a")]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("href", ["", "/cases?a=1&b=2"])
def test_a_label_is_a_word_and_nothing_else(word: str, href: str) -> None:
    root = checked(svg(bars(word, "件", [Bar(word, 1, href), Bar("乙", 2)])))
    assert hrefs(root) == ([href] if href else [])
    clean = word.replace("\u202e", "").replace("\u202c", "")
    assert f"{clean}：1件" in said(root)
    assert root.get("aria-label") == f"{clean}（件）"


@pytest.mark.parametrize("word", WORDS)
def test_the_name_of_a_line_is_a_word_and_nothing_else(word: str) -> None:
    points = (Point(DAY, 1, "/x?day=1"), Point(date(2022, 9, 2), 2))
    root = checked(svg(lines(word, "件", [Series(word, points)])))
    assert hrefs(root) == ["/x?day=1"]
    assert any(label.endswith(" 9月2日：2件") for label in said(root))


@pytest.mark.parametrize("word", REFUSED_BY_XML)
def test_a_sign_that_xml_refuses_is_left_out(word: str) -> None:
    root = checked(svg(bars("题", "件", [Bar(word, 1, "/x")])))
    (label,) = [each for each in said(root) if each.endswith("：1件")]
    assert label.startswith("甲")
    assert "乙：1件" in label
    checked(
        svg(
            lines(
                word.replace("\ud800", ""), "件", [Series(word, (Point(DAY, 1), Point(date(2022, 9, 2), 2)))]
            )
        )
    )


def test_signs_are_taken_from_everywhere_in_a_spec() -> None:
    dirty = {
        "title": {"text": "甲\0"},
        "layer": [{"mark": "b\x01", "list": ("c\uffff", 3, None, True)}],
        "n": 1.5,
    }
    assert charts._printable(dirty) == {
        "title": {"text": "甲"},
        "layer": [{"mark": "b", "list": ["c", 3, None, True]}],
        "n": 1.5,
    }


@pytest.mark.parametrize(
    "href",
    [
        "//elsewhere.example",
        "https://elsewhere.example",
        "javascript:alert(1)",
        '/x"onload="',
        "/x⟧",
        "/⟦",
        "/<",
        "x",
    ],
)
def test_a_link_that_leaves_the_site_or_its_quotes_is_refused(href: str) -> None:
    with pytest.raises(ValueError, match="this site only"):
        bars("题", "件", [Bar("甲", 1, href)])
    with pytest.raises(ValueError, match="this site only"):
        lines("题", "件", [Series("甲", (Point(DAY, 1, href),))])


@pytest.mark.parametrize(
    "forged",
    [
        '<svg><g onload="x"/></svg>',
        "<svg><script/></svg>",
        '<svg><path style="x"/></svg>',
        "<svg><foreignObject/></svg>",
    ],
)
def test_a_drawing_that_runs_is_never_handed_out(forged: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the engine answers, words apart: attributes and elements that run or style are refused."""
    monkeypatch.setattr(charts, "_drawn", lambda spec, ground, folder: forged)
    with pytest.raises(ValueError, match="script"):
        svg({"title": "题"})


def test_a_link_as_loose_as_before_would_be_caught() -> None:
    """The broken variant: the first opening mark of a label taken for that of the link."""
    label = "⟦https://elsewhere.example/?：1件⟦/x⟧"
    loose = label.partition("⟦")[2].rpartition("⟧")[0]
    assert loose.startswith("https://")
    (strict,) = hrefs(checked(svg(bars("题", "件", [Bar("⟦https://elsewhere.example/?", 1, "/x")]))))
    assert strict == "/x"
