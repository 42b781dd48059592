"""The weekly report as HTML: a fragment for pages of the site and a file that stands alone."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import escape
from pathlib import Path

from django.conf import settings

from yichuang.gateways import charts
from yichuang.gateways.documents.blocks import Block, Kind, report_blocks
from yichuang.gateways.documents.model import Figure, OfficialReport, Run
from yichuang.gateways.documents.typesetting import TEMPLATES

_STYLE = TEMPLATES / "report.css"
_FOOT = (Kind.DISTRIBUTION, Kind.COPIES, Kind.SMALL_PRINT)


def report_html(report: OfficialReport, *, top_level: int = 1, linked: bool = True) -> str:
    """A fragment for a page: `<article class="official-report">`, headings from `h{top_level}` down without gaps.

    Every figure is a `<span class="figure" data-figure="…">`, linked where the run has an address. No inline style.
    A copy that leaves the site is not `linked`: its addresses would lead nowhere.
    """
    blocks = [block if linked else _unlinked(block) for block in report_blocks(report)]
    body = [block for block in blocks if block.kind not in _FOOT]
    foot = [block for block in blocks if block.kind in _FOOT]
    lines = ['<article class="official-report">', *_html_blocks(body, top_level)]
    if foot:
        lines += ['<footer class="report-imprint">', *_html_blocks(foot, top_level), "</footer>"]
    return "\n".join([*lines, "</article>"]) + "\n"


def report_page(report: OfficialReport) -> str:
    """The fragment as a file that stands alone, without links."""
    return (
        '<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(report.name)}</title>\n<style>\n{_STYLE.read_text(encoding='utf-8')}</style>\n</head>\n"
        f"<body>\n{report_html(report, linked=False)}</body>\n</html>\n"
    )


def _unlinked(block: Block) -> Block:
    figure = block.figure and replace(block.figure, linked=False)
    return replace(block, runs=tuple(replace(run, href="") for run in block.runs), figure=figure)


def _html_blocks(blocks: list[Block], top_level: int) -> Iterator[str]:
    depth = top_level
    deepest = top_level - 1
    for block in blocks:
        if block.kind in (Kind.TITLE, Kind.HEADING):
            depth = min(deepest + 1, 6)
            deepest = depth
            yield _element(f"h{depth}", block)
        elif block.kind is Kind.SECTION:
            yield _element(f"h{min(depth + block.level, 6)}", block)
        elif block.figure is not None:
            yield _figure(block, block.figure)
        else:
            yield _element("p", block)


def _figure(block: Block, figure: Figure) -> str:
    """The chart, its caption and its table; the chart's marks lead to their cases unless the copy leaves the site."""
    drawn = charts.svg(figure.spec, Path(settings.FONTS_DIR)) if figure.spec else ""
    if not figure.linked:
        drawn = re.sub(r"</?a\b[^>]*>", "", drawn)
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in figure.head)
    rows = "\n".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in figure.rows
    )
    return (
        f'<figure class="report-figure" aria-label="{escape(figure.alt)}">\n<div class="table-box">{drawn}</div>\n'
        f"<figcaption>{escape(block.lead)}</figcaption>\n"
        f'<table class="table report-numbers">\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table>\n</figure>'
    )


def _element(tag: str, block: Block) -> str:
    lead = escape(block.lead)
    if block.kind is Kind.TEXT and lead:
        lead = f'<span class="report-lead report-lead-{block.level}">{lead}</span>'
    words = lead + "".join(_html_run(run) for run in block.runs)
    names = [f"report-{block.kind.value.replace('_', '-')}"]
    if block.kind is Kind.SECTION:
        names.append(f"report-section-{block.level}")
    return f'<{tag} class="{" ".join(names)}">{words}</{tag}>'


def _html_run(run: Run) -> str:
    text = escape(run.text)
    if run.href:
        text = f'<a href="{escape(run.href)}">{text}</a>'
    return f'<span class="figure" data-figure="{escape(run.measure)}">{text}</span>' if run.measure else text
