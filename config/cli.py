"""The command line: one console script that gathers the rooms' commands.

Commands are loaded when they are called, so a tool that needs no database never waits for Django.
"""

import importlib
import os
from dataclasses import dataclass

import click

from config.launch.places import checkout
from config.launch.runfile import adopt


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command lives, whether it needs Django (and so a database), and its line in the help."""

    module: str
    name: str
    needs_django: bool
    help: str
    # "serves": as strict as the site itself; "writes": on a sound database only; "reads": an auditor may look at any.
    guard: str = "writes"


COMMANDS = {
    "check-code": Entry("yichuang.kernel.cli", "check_code", False, "校验编码 / Check identifiers"),
    "due-date": Entry("yichuang.workdays.cli.due_date", "due_date", False, "推算到期日 / Compute a due date"),
    "import-calendar": Entry(
        "yichuang.cases.cli", "import_calendar", True, "导入节假日安排 / Import a holiday notice"
    ),
    "import-items": Entry(
        "yichuang.catalogue.cli", "import_items", True, "导入事项清单 / Import service items"
    ),
    "import-report": Entry(
        "yichuang.reports.cli.import_report", "import_report", False, "读取往期周报 / Read past reports"
    ),
    "figures": Entry("yichuang.statistics.cli", "figures", True, "统计数据 / Figures as of a day", "reads"),
    "analysis": Entry(
        "yichuang.statistics.cli", "analysis", True, "专题分析的数据 / Data for analysts", "reads"
    ),
    "report": Entry("yichuang.reports.cli.report", "report", True, "输出周报 / Render a report"),
    "recompute": Entry("yichuang.cases.cli", "recompute", True, "重算到期日 / Recompute due dates"),
    "lapse": Entry("yichuang.cases.cli", "lapse", True, "办理视为受理、视为准予 / Do what silence decides"),
    "transfers": Entry(
        "yichuang.cases.cli", "transfers", True, "执行到日的转隶 / Execute transfers that are due"
    ),
    "work": Entry("yichuang.effects.cli.worker", "work", True, "后台工作进程 / Run the worker", "serves"),
    "drain": Entry("yichuang.effects.cli.worker", "drain_now", True, "立即汇总并封账 / Drain the queue now"),
    "export-journal": Entry(
        "yichuang.effects.cli.exporting", "export", True, "导出事实账 / Export the journal", "reads"
    ),
    "accept-loss": Entry(
        "yichuang.effects.cli.exporting",
        "accept_loss",
        True,
        "登记恢复备份的损失 / Record what a restore lost",
    ),
    "verify-journal": Entry(
        "yichuang.effects.cli.evidence",
        "verify_journal",
        False,
        "核验导出的事实账 / Verify an exported journal",
    ),
    "exchange": Entry(
        "yichuang.exchange.cli", "exchange", True, "部门系统报送 / Cases reported by other systems"
    ),
    "demo": Entry("yichuang.home.cli", "demo", True, "演示数据 / The demo province"),
    "size": Entry("config.sizing_cli", "size_command", False, "容量估算 / How large an installation must be"),
    "distribute": Entry(
        "config.distribution_cli", "distribute", False, "大表分布到多台服务器 / Spread the large tables"
    ),
    "backup": Entry("config.launch.cli", "backup", False, "备份 / Back up database and files"),
    "restore": Entry("config.launch.cli", "restore", False, "恢复 / Restore a backup"),
}


class Gathered(click.Group):
    """A group that knows its commands by name and loads one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Every command's name."""
        return sorted(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """Load a command, with Django set up before its models are imported."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        if entry.needs_django:
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
            # In a second terminal: the database of the site that `make run` serves from this checkout.
            adopt(checkout(), os.environ)
            os.environ.setdefault("YICHUANG_TOOL", "1")
            if entry.guard != "reads":
                importlib.import_module("config.guard").stand(serves=entry.guard == "serves")
            importlib.import_module("django").setup()
        command = getattr(importlib.import_module(entry.module), entry.name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without loading any."""
        with formatter.section("命令 / Commands"):
            formatter.write_dl([(name, COMMANDS[name].help) for name in self.list_commands(ctx)])


@click.command(
    cls=Gathered,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="一窗：政务服务中心的命令行工具。 / Yichuang: command line of a government-service centre.",
)
@click.version_option(package_name="yichuang", message="%(prog)s %(version)s")
def main() -> None:
    """The console script `yichuang`."""
