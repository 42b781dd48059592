"""`yichuang distribute --plan | --apply`: the large tables onto several servers, where the engine for it is installed."""

import os
import sys

import click
import psycopg

from config.distribution import LARGE, faults, has_engine, plan, spread


@click.command(name="distribute")
@click.option("--plan", "mode", flag_value="plan", default=True, help="只打印语句 / print the statements")
@click.option(
    "--apply", "mode", flag_value="apply", help="执行语句（须先停站）/ run them; stop the site first"
)
def distribute(mode: str) -> None:
    """把大表分布到多台服务器（需要 Citus 扩展）/ Spread the large tables over several servers (needs Citus)."""
    url = os.environ.get("OWNER_DATABASE_URL") or os.environ.get("DATABASE_URL", "")
    if not url:
        raise click.UsageError("请设置 OWNER_DATABASE_URL（表的所有者）/ set OWNER_DATABASE_URL.")
    with psycopg.connect(url, connect_timeout=10, autocommit=True) as owner:
        wrong = faults(owner)
        for one in wrong:
            click.echo(f"✗ 不能分布：{one}", err=True)
        if wrong:
            sys.exit(1)
        if mode == "plan":
            for statement in plan(owner):
                click.echo(f"{statement};")
            return
        _apply(owner)


def _apply(owner: psycopg.Connection[tuple[object, ...]]) -> None:
    if not has_engine(owner):
        click.echo(
            "✗ 数据库没有 citus 扩展，什么也没有执行；一台服务器够用时不需要它，见 docs/scale.md。", err=True
        )
        sys.exit(1)
    if {one.table for one in LARGE} <= spread(owner):
        click.echo("各大表都已分布，没有需要执行的语句。", err=True)
        return
    try:
        # All or nothing: a schema that is spread by half serves nobody.
        with owner.transaction():
            for statement in list(plan(owner)):
                click.echo(f"{statement};")
                owner.execute(statement.encode())
    except psycopg.Error as problem:
        click.echo(f"✗ 已全部撤回：{str(problem).strip()}", err=True)
        sys.exit(1)
