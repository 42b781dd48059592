"""The parts: what they say, what they leave out, and that nothing slips through unescaped."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.template import engines

AT = datetime(2022, 5, 13, 1, 30, tzinfo=UTC)
Draw = Callable[..., str]


def words(html: str) -> str:
    """What a reader sees: without tags, without white space."""
    return re.sub(r"\s+", "", re.sub(r"<[^>]+>", "", html))


@pytest.fixture
def draw() -> Draw:
    """Render a template text in the environment of the site, with every part at hand; `@` is filled in."""
    imports = """
    {% import "parts/forms.html" as forms %}{% import "parts/states.html" as states %}
    {% import "parts/lists.html" as lists %}{% import "parts/facts.html" as facts %}"""
    env: Any = engines["jinja2"].env  # type: ignore[attr-defined]
    return lambda text, given="": str(
        env.from_string(imports + text.replace("@", given)).render(at=AT, day=date(2022, 5, 13))
    )


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        ("6", "●还剩6个工作日"),
        ("3", "▲还剩3个工作日"),
        ("0", "▲今天到期"),
        ("-2", "■已超期2个工作日"),
        ("6, paused=true", "○暂停计时（余6个工作日）"),
        ("none, paused=true", "○暂停计时"),
        ("6, provisional=true", "●还剩6个工作日暂计"),
        ("none", "无期限"),
        ("none, finished=true", "已办结"),
        ("4, finished=true", "●提前4个工作日办结"),
        ("0, finished=true", "●按期办结"),
        ("-1, finished=true", "■超期1个工作日办结"),
        ('9, level="bad"', "■还剩9个工作日"),
    ],
)
def test_a_light_always_has_a_word_and_a_shape(draw: Draw, call: str, shown: str) -> None:
    assert words(draw("{{ states.light(@) }}", call)) == shown


@pytest.mark.parametrize(
    ("state", "tone"),
    [
        ("收件", "action"),
        ("补正", "warn"),
        ("办结", "good"),
        ("不予受理", "bad"),
        ("终结", "plain"),
        ("新词", "plain"),
    ],
)
def test_a_state_knows_its_tone(draw: Draw, state: str, tone: str) -> None:
    html = draw('{{ states.tag("@") }}', state)
    assert f"tag-{tone}" in html
    assert words(html)[1:] == state


def test_a_given_tone_wins_and_an_enumeration_shows_its_label(draw: Draw) -> None:
    assert "tag-bad" in draw('{{ states.tag("办结", "bad") }}')
    assert words(draw('{{ states.tag({"label": "审查"}) }}')) == "◆审查"


@pytest.mark.parametrize(
    "part", ["states.tag", "states.notice", "facts.copy_number", "states.empty_state", "facts.print_button"]
)
def test_words_from_outside_are_escaped(draw: Draw, part: str) -> None:
    html = draw("{{ @('<b>x</b>\" onclick=') }}", part)
    assert "<b>" not in html
    assert "&lt;b&gt;" in html
    assert '" onclick' not in html


@pytest.mark.parametrize(
    "kind",
    [
        "text",
        "textarea",
        "integer",
        "decimal",
        "date",
        "tel",
        "email",
        "password",
        "search",
        "select",
        "file",
        "check",
    ],
)
def test_every_single_field_has_its_label(draw: Draw, kind: str) -> None:
    html = draw('{{ forms.field("x", "年取水量", kind="@") }}', kind)
    assert 'id="f-x"' in html
    assert ('for="f-x"' in html) or kind == "check"
    assert 'name="x"' in html
    assert "required" in html


@pytest.mark.parametrize("kind", ["choice", "multi", "yesno"])
def test_a_group_has_a_legend_and_its_first_control_is_what_the_summary_links_to(
    draw: Draw, kind: str
) -> None:
    html = draw(
        '{{ forms.field("x", "水源", kind="@", options=[("a", "甲"), ("b", "乙", "说明")], error="请选择") }}',
        kind,
    )
    assert "<fieldset" in html
    assert "水源" in words(html)
    assert html.count('id="f-x"') == 1
    assert "f-x-error" in re.findall(r'aria-describedby="([^"]+)"', html)[0]


def test_what_was_typed_is_kept(draw: Draw) -> None:
    assert 'value="三十六万"' in draw('{{ forms.field("x", "量", kind="integer", value="三十六万") }}')
    assert 'value="2022-05-13"' in draw('{{ forms.field("x", "日", kind="date", value=day) }}')
    assert ">甲</textarea>" in draw('{{ forms.field("x", "由", kind="textarea", value="甲") }}')
    picked = draw('{{ forms.field("x", "选", kind="select", value=2, options=[(1, "甲"), (2, "乙")]) }}')
    assert re.findall(r'value="(\d)" selected', picked) == ["2"]
    ticked = draw(
        '{{ forms.field("x", "选", kind="multi", value=["b"], options=[("a", "甲"), ("b", "乙")]) }}'
    )
    assert re.findall(r'value="(\w)" id="[^"]+" checked', ticked) == ["b"]


@pytest.mark.parametrize(("value", "checked"), [("true", ["yes"]), ("false", ["no"]), ("none", [])])
def test_yes_no_and_not_answered_differ(draw: Draw, value: str, checked: list[str]) -> None:
    html = draw('{{ forms.field("x", "是否", kind="yesno", value=@) }}', value)
    assert re.findall(r'value="(\w+)" id="[^"]+" checked', html) == checked


def test_a_password_is_never_sent_back(draw: Draw) -> None:
    assert "secret" not in draw('{{ forms.field("x", "密码", kind="password", value="secret") }}')


def test_an_optional_field_says_so(draw: Draw) -> None:
    html = draw('{{ forms.field("x", "邮箱", required=false) }}')
    assert "（选填）" in html
    assert " required" not in html


def test_an_error_stands_at_the_field_and_is_announced(draw: Draw) -> None:
    html = draw('{{ forms.field("x", "量", hint="填年量", example="360000", error="应当是整数") }}')
    assert 'aria-describedby="f-x-hint f-x-example f-x-error"' in html
    assert 'aria-invalid="true"' in html
    assert "应当是整数" in html
    assert 'aria-invalid="true"' not in draw('{{ forms.field("x", "量") }}')


def test_an_upload_says_what_it_takes(draw: Draw) -> None:
    html = draw('{{ forms.field("x", "报告", kind="file", accept=".pdf,.docx", max_mb=50) }}')
    assert "可以上传PDF、DOCX，每个文件不超过50MB" in words(html)
    assert 'data-max-mb="50"' in html


def test_the_summary_links_every_error_to_its_field_and_is_silent_without(draw: Draw) -> None:
    html = draw('{{ forms.error_summary({"a": "甲错", "b": "乙错"}, how="请改正") }}')
    assert "请先改正下面2处" in words(html)
    assert re.findall(r'href="#f-(\w)"', html) == ["a", "b"]
    assert words(draw("{{ forms.error_summary({}) }}")) == ""


def test_a_form_carries_its_keys_and_a_get_form_does_not(draw: Draw) -> None:
    csrf = '{% set csrf = "<input name=csrf>"|safe %}'
    html = draw(csrf + '{% call forms.form("/x", csrf, key="abc123", files=true) %}甲{% endcall %}')
    assert "<input name=csrf>" in html
    assert 'name="client_key" value="abc123"' in html
    assert 'enctype="multipart/form-data"' in html
    assert "csrf>" not in draw(csrf + '{% call forms.form("/x", csrf, method="get") %}甲{% endcall %}')


@pytest.mark.parametrize(
    ("size", "shown"),
    [(0, "0字节"), (1023, "1023字节"), (1024, "1KB"), (1025, "2KB"), (1048576, "1.0MB"), (1468006, "1.3MB")],
)
def test_sizes_of_files_are_words(draw: Draw, size: int, shown: str) -> None:
    assert words(draw("{{ forms.size_words(@) }}", str(size))) == shown


def test_an_unwritten_answer_is_said_and_every_row_can_be_changed(draw: Draw) -> None:
    html = draw('{{ forms.summary_list([{"key": "邮箱", "value": "", "href": "/mend"}]) }}')
    assert "未填写" in html
    assert "修改：邮箱" in words(html)


def test_a_locked_section_is_no_link(draw: Draw) -> None:
    html = draw('{{ forms.task_list([{"title": "提交", "href": "/go", "state": "locked"}]) }}')
    assert "<a " not in html
    assert "暂不能填写" in html


def test_tables_group_numbers_and_name_the_columns_for_phones(draw: Draw) -> None:
    html = draw(
        '{{ lists.table("表", ["类型", {"label": "受理", "num": true}], [["许可", 369861], ["服务", none]]) }}'
    )
    assert "369,861" in html
    assert 'data-label="受理"' in html
    assert "—" in html
    assert html.count('scope="row"') == 2


def test_a_called_table_gives_each_row_and_its_link(draw: Draw) -> None:
    html = draw("""{% call(row) lists.table("表", ["编号"], [{"id": 7, "number": "甲1"}], select="case") %}
        {{- lists.td("编号", row.number, href="/c/7", fresh=true) -}}{% endcall %}""")
    assert 'class="row-link" href="/c/7"' in html
    assert 'name="case" value="7"' in html
    assert "选择甲1" in words(html)
    assert "新" in html


def test_a_sorted_column_says_its_direction(draw: Draw) -> None:
    html = draw(
        '{{ lists.table("表", [{"label": "期限", "sort": "?s=due", "direction": "descending"}], [["甲"]]) }}'
    )
    assert 'aria-sort="descending"' in html
    assert 'href="?s=due"' in html


def test_an_empty_list_says_what_would_stand_here(draw: Draw) -> None:
    assert "新件会在这里" in draw('{{ lists.table("在办", ["编号"], [], empty="新件会在这里") }}')
    assert "没有记录" in draw('{{ lists.table("在办", ["编号"], []) }}')


def test_a_pager_without_pages_is_absent(draw: Draw) -> None:
    assert words(draw('{{ lists.pager("", "") }}')) == ""
    html = draw('{{ lists.pager("/first", "/next", previous_label="回到第一页") }}')
    assert "回到第一页" in html
    assert 'rel="next"' in html


def test_moments_are_shown_in_shanghai_time(draw: Draw) -> None:
    html = draw(
        '{{ states.timeline([{"at": at, "title": "受理", "effect": "开始计时"}, {"at": day, "title": "收件"}]) }}'
    )
    assert "2022年5月13日 09:30" in html
    assert "开始计时" in html


def test_figures_group_thousands_and_keep_nothing_apart_from_zero(draw: Draw) -> None:
    assert "1,654,364" in draw('{{ facts.figure(1654364, "件", "受理") }}')
    assert words(draw('{{ facts.figure(0, "件", "到期") }}')) == "到期0件"
    assert words(draw('{{ facts.figure(none, "", "用时") }}')) == "用时—"


def test_a_receipt_shows_number_secret_and_what_follows(draw: Draw) -> None:
    html = draw('{{ facts.receipt("川水〔2022〕1", secret="7K4M", next=["等电话"]) }}')
    for shown in ("川水〔2022〕1", "7K4M", "等电话"):
        assert shown in html
    assert "<img" not in html
