"""The package of a Word file: a sound zip, parts that find each other, packed once what is always the same."""

import io
import re
import subprocess
import sys
import unicodedata
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import docx
import pytest
from defusedxml.ElementTree import fromstring
from docx.oxml.ns import qn
from docx.shared import Mm
from hypothesis import given, settings
from hypothesis import strategies as st

from yichuang.gateways.documents import word, word_package
from yichuang.gateways.documents.blocks import Block, Kind, report_blocks
from yichuang.gateways.documents.model import Figure, clean, plain
from yichuang.gateways.documents.report import report_docx
from yichuang.gateways.documents.word_figures import size_of
from yichuang.gateways.documents.word_package import Entry, archive, deflated, stored
from yichuang.gateways.documents.word_words import paragraph, run
from yichuang.gateways.tests.samples import DAY, figures, report, word_paragraphs

NAMES = st.text("abcdefghijklmnopqrstuvwxyz/._0123456789", min_size=1, max_size=30)
RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"


def png(width: int, height: int) -> bytes:
    """The beginning of a PNG, which is all that is looked at."""
    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + size + b"\x08\x02\0\0\0"


def opened(content: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(content))


def with_pictures(*sizes: tuple[int, int]) -> bytes:
    """A document of figures with pictures of these sizes."""
    blocks, pictures = [Block(Kind.TITLE, plain("题"))], {}
    for at, (width, height) in enumerate(sizes, start=1):
        figure = Figure("题", f"说明“{at}” & <{at}>", ("部门", "件"), (("甲", str(at)),))
        blocks.append(Block(Kind.FIGURE, (), 0, f"图{at}　题", figure))
        pictures[f"图{at}　题"] = png(width, height)
    return word.docx_bytes(blocks, pictures, name="题", author="示例中心", dated=DAY)


# The zip.


@given(st.dictionaries(NAMES, st.tuples(st.booleans(), st.binary(max_size=400)), max_size=6))
@settings(max_examples=30)
def test_whatever_is_put_in_comes_out_by_another_reader(parts: dict[str, tuple[bool, bytes]]) -> None:
    entries = [(deflated if packed else stored)(name, content) for name, (packed, content) in parts.items()]
    with opened(archive(entries)) as package:
        assert package.testzip() is None
        assert {one.filename: package.read(one) for one in package.infolist()} == {
            name: content for name, (_, content) in parts.items()
        }
        assert [one.filename for one in package.infolist()] == list(parts)


def test_every_part_has_the_same_time_and_is_its_owners() -> None:
    with opened(archive([deflated("a.xml", b"<a/>"), stored("b.png", b"\x89")])) as package:
        assert {one.date_time for one in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {one.external_attr >> 16 for one in package.infolist()} == {0o600}
        assert [one.compress_type for one in package.infolist()] == [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED]


def test_a_part_that_does_not_fit_its_checksum_is_seen() -> None:
    """The broken variant of the test above: the checksum of other bytes."""
    wrong: Entry = replace(deflated("a.xml", b"<a/>"), checksum=deflated("a.xml", b"<b/>").checksum)
    with opened(archive([deflated("x.xml", b"<x/>"), wrong])) as package:
        assert package.testzip() == "a.xml"


# The parts.


@pytest.mark.parametrize(
    "content", [report_docx(report()), with_pictures(), with_pictures((1650, 900), (10, 40))]
)
def test_the_parts_are_sound_and_find_each_other(content: bytes) -> None:
    with opened(content) as package:
        assert package.testzip() is None
        parts = {name: package.read(name) for name in package.namelist()}
    assert len(parts) == len(set(parts))
    assert next(iter(parts)) == "[Content_Types].xml"
    for name, text in parts.items():
        if not name.endswith(".png"):
            fromstring(text)
    types = fromstring(parts["[Content_Types].xml"])
    by_name = {each.get("PartName") for each in types.iter(f"{TYPES}Override")}
    by_end = {each.get("Extension") for each in types.iter(f"{TYPES}Default")}
    assert by_name <= {f"/{name}" for name in parts}
    assert all(
        f"/{name}" in by_name or name.rpartition(".")[2] in {"rels", "png"} for name in list(parts)[1:]
    )
    assert {name.rpartition(".")[2] for name in parts} <= by_end
    related = fromstring(parts["word/_rels/document.xml.rels"])
    targets = {each.get("Id"): f"word/{each.get('Target')}" for each in related.iter(RELATION)}
    assert len(set(targets.values())) == len(targets)
    assert set(targets.values()) <= set(parts)
    used = re.findall(r' r:(?:id|embed)="(\w+)"', parts["word/document.xml"].decode())
    # The styles and the settings are found by their sort.
    assert set(used) | {"rId1", "rId2"} == set(targets)
    assert len(used) == len(set(used))


def test_what_is_the_same_in_every_file_is_packed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    report_docx(report())
    packed: list[str] = []

    def counted(name: str, content: bytes) -> Entry:
        packed.append(name)
        return deflated(name, content)

    monkeypatch.setattr(word_package, "deflated", counted)
    one = report_docx(report(issuer="甲中心"))
    two = report_docx(report(issuer="乙中心"))
    assert packed == ["docProps/core.xml", "word/document.xml"] * 2
    assert one != two
    # The broken variant packs everything anew.
    word_package._fixed.cache_clear()
    report_docx(report())
    assert "word/styles.xml" in packed


def test_what_was_written_for_readers_of_the_templates_is_left_out() -> None:
    with opened(report_docx(report())) as package:
        for name in ("word/styles.xml", "word/settings.xml"):
            text = package.read(name).decode()
            assert text.count("<?xml") == 1
            assert "<!--" not in text
            assert not re.search(r">\s+<", text[len(word_package.FIRST) :])


def test_another_program_knows_every_style_that_is_named() -> None:
    content = report_docx(report(figures=figures()))
    document: Any = docx.Document(io.BytesIO(content))
    known = {style.style_id for style in document.styles}
    body = document.element.body
    for tag in ("w:pStyle", "w:rStyle", "w:tblStyle"):
        named = {each.get(qn("w:val")) for each in body.iter(qn(tag))}
        assert named <= known, tag
    assert {"Masthead", "IssueNumber", "Imprimatur", "Title", "Period", "Heading1", "BodyText"} <= {
        each.get(qn("w:val")) for each in body.iter(qn("w:pStyle"))
    }


def test_a_word_file_is_made_without_the_library_that_reads_them() -> None:
    """It takes 15 MB and twenty times as long; a web process that has made a document keeps both."""
    code = (
        "import sys; from yichuang.gateways.documents import report, word; "
        "print(sorted({'docx', 'lxml'} & set(sys.modules)))"
    )
    root = Path(__file__).resolve().parents[3]
    for before, said in (("", "[]"), ("import lxml; ", "['lxml']")):
        done = subprocess.run(
            [sys.executable, "-c", before + code], cwd=root, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == said


# Words.


@given(st.text(max_size=30))
@settings(max_examples=40)
def test_words_go_in_as_they_are(text: str) -> None:
    kept = clean(text)
    blocks = (Block(Kind.TEXT, plain(kept), 1, kept), Block(Kind.SECTION, (), 2, kept))
    made = word.docx_bytes(blocks, {}, name=kept, author=kept, dated=DAY)
    assert [each.text for each in word_paragraphs(made)] == [kept + kept, kept]
    about = docx.Document(io.BytesIO(made)).core_properties
    assert (about.title, about.author, about.last_modified_by) == (kept, kept, kept)


def test_long_names_are_cut_where_the_format_ends_them() -> None:
    made = word.docx_bytes((), {}, name="题" * 300, author="示" * 300, dated=DAY)
    about = docx.Document(io.BytesIO(made)).core_properties
    assert (len(about.title), len(about.author), about.revision) == (255, 255, 1)
    assert about.modified is not None
    assert about.modified.date() == DAY


def test_blanks_at_the_ends_are_told_to_be_kept() -> None:
    assert run("甲 乙") == "<w:r><w:t>甲 乙</w:t></w:r>"
    assert run(" 甲<&>") == '<w:r><w:t xml:space="preserve"> 甲&lt;&amp;&gt;</w:t></w:r>'
    assert run("甲", "Lead1").startswith('<w:r><w:rPr><w:rStyle w:val="Lead1"/></w:rPr>')
    assert (
        paragraph("Title", run("甲"))
        == '<w:p><w:pPr><w:pStyle w:val="Title"/></w:pPr><w:r><w:t>甲</w:t></w:r></w:p>'
    )


def slowly(text: str) -> str:
    """What `clean` means, sign by sign."""
    spaced = "".join(" " if sign in "\r\n\t\u2028\u2029" else sign for sign in text)
    return "".join(
        sign
        for sign in spaced
        if unicodedata.category(sign) not in {"Cc", "Cf", "Cs"} and ord(sign) & 0xFFFE != 0xFFFE
    )


@given(
    st.text(st.one_of(st.characters(), st.sampled_from("甲　\u200b\u202e\ufeff\ud800\n\x00 é\ue000\u0378")))
)
@settings(max_examples=200)
def test_text_without_anything_to_clean_is_not_looked_at_sign_by_sign(text: str) -> None:
    assert clean(text) == slowly(text)
    assert clean(clean(text)) == clean(text)


# Figures.


def test_pictures_keep_their_proportions() -> None:
    document: Any = docx.Document(io.BytesIO(with_pictures((1650, 900), (10, 40), (3, 1))))
    pictures = list(document.inline_shapes)
    assert [each.width / Mm(1) for each in pictures] == [140, 140, 140]
    assert [round(each.height / Mm(1), 2) for each in pictures] == [
        round(140 * 900 / 1650, 2),
        560,
        round(140 / 3, 2),
    ]
    said = [each._inline.docPr.get("descr") for each in pictures]
    assert said == ["说明“1” & <1>", "说明“2” & <2>", "说明“3” & <3>"]
    assert [each._inline.docPr.get("id") for each in pictures] == ["1", "2", "3"]
    blobs = [
        document.part.related_parts[each._inline.graphic.graphicData.pic.blipFill.blip.embed].blob
        for each in pictures
    ]
    assert blobs == [png(1650, 900), png(10, 40), png(3, 1)]


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff\xe0 a JPEG", png(1, 1)[:12] + b"IDAT" + b"\0" * 9])
def test_what_is_no_png_is_refused(content: bytes) -> None:
    assert size_of(png(1650, 900)) == (1650, 900)
    with pytest.raises(ValueError, match="is a PNG"):
        size_of(content)


def test_a_figure_without_headings_has_no_table() -> None:
    blocks = report_blocks(report(figures=(Figure("附图", "说明", (), ()),)))
    made: Any = docx.Document(io.BytesIO(word.docx_bytes(blocks, {}, name="题", author="示例", dated=DAY)))
    assert [table.style.name for table in made.tables if table.style.name == "图表数据"] == []
    assert any(each.text == "图1　附图" for each in made.paragraphs)
