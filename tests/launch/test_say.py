"""What the launcher says, and how it lines up."""

import pytest

from config.launch.say import Stop, table, width


def test_chinese_takes_two_columns_and_columns_line_up() -> None:
    assert width("窗口a") == 5
    lines = table(["角色", "user"], [["窗口人员", "w"], ["a", "b"]]).splitlines()
    assert lines == ["  角色      user", "  窗口人员  w", "  a         b"]


def test_a_stop_tells_chinese_first_and_gives_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert Stop("磁盘空间不足。", "Disk full.").tell() == 2
    assert Stop("失败。", "Failed.", code=1).tell() == 1
    assert capsys.readouterr().err.splitlines()[:2] == ["✗ 磁盘空间不足。", "  Disk full."]
