"""What a site refuses to start with: secrets that anybody could know, DEBUG where people are served, and a database that
could lose what it has confirmed.

Pure judgement and one question to a PostgreSQL; needs no Django, so the launcher asks it before anything is migrated. A
developer's machine says `YICHUANG_DEVELOPMENT=1`: there the same things are said as a warning, and only a missing key
stops the start.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from yichuang.gateways.late import Late

if TYPE_CHECKING:
    import psycopg
else:
    psycopg = Late("psycopg")

TOOL_KEY = "only-for-tests-and-tools-that-serve-nobody-0123456789"
KEY_CHARACTERS = 50
KEY_VARIETY = 5
# Words that stand in examples and in other people's start-up files.
GIVEAWAYS = (
    "changeme",
    "change-me",
    "change_me",
    "insecure",
    "example",
    "your-secret",
    "your_secret",
    "secretkey",
)
READ = (
    "select current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'), "
    "current_setting('data_checksums')"
)
NAMES = ("fsync", "full_page_writes", "synchronous_commit", "data_checksums")
SOURCE = "select s.source || coalesce('，' || s.sourcefile || ':' || s.sourceline, '') from pg_settings s where s.name = %s"
MEND = {
    "fsync": "断电会丢失已经确认的办件",
    "full_page_writes": "断电会留下写了一半的数据页",
    "synchronous_commit": "断电会丢失刚刚确认的办件",
    "data_checksums": "磁盘损坏的数据会被当作正常数据读出",
}
WHY = {
    "fsync": "a power cut loses cases that were confirmed",
    "full_page_writes": "a power cut leaves pages written by half",
    "synchronous_commit": "a power cut loses the cases confirmed last",
    "data_checksums": "data that the disk has damaged is read as if it were sound",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason not to start: what is wrong, where it is set, how it is mended; Chinese and English."""

    chinese: str
    english: str

    def __str__(self) -> str:
        return f"✗ {self.chinese}\n  {self.english}"


def weak_key(key: str, name: str = "SECRET_KEY") -> Refusal | None:
    """Why a secret is none; None for a good one."""
    if not key:
        what, english = "没有设置", "is not set"
    elif key == TOOL_KEY or any(word in key.lower() for word in GIVEAWAYS):
        what, english = "是人人都知道的默认值或示例值", "is a default or an example that anybody knows"
    elif len(key) < KEY_CHARACTERS or len(set(key)) < KEY_VARIETY:
        what = f"太短或太单调（至少 {KEY_CHARACTERS} 个字符，{KEY_VARIETY} 种以上）"
        english = f"is too short or too uniform ({KEY_CHARACTERS} characters, {KEY_VARIETY} different ones, at least)"
    else:
        return None
    make = 'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
    return Refusal(
        f"拒绝启动：环境变量 {name} {what}。请用 {make} 生成一个，写入服务的环境变量后重新启动。",
        f"Refused: the variable {name} {english}. Make one with {make}, set it, and start again.",
    )


def weak_settings(key: str, follow_secret: str, *, debug: bool) -> Iterator[Refusal]:
    """What of the environment a site must not serve with."""
    found = weak_key(key)
    if found is not None:
        yield found
    if follow_secret != key and (found := weak_key(follow_secret, "FOLLOW_SECRET")) is not None:
        yield found
    if debug:
        yield Refusal(
            "拒绝启动：环境变量 YICHUANG_DEBUG=1 会把程序内部信息显示给所有人。请删除它；开发机上另设 YICHUANG_DEVELOPMENT=1。",
            "Refused: YICHUANG_DEBUG=1 shows the program's inside to everybody. Unset it; on a developer's machine set "
            "YICHUANG_DEVELOPMENT=1 too.",
        )


def weak_database(connection: psycopg.Connection[Any]) -> Iterator[Refusal]:
    """What of a PostgreSQL could lose a confirmed case, as this very role and database see it.

    Sees values set for the server, for the role and for the database. Errors: psycopg.Error.
    """
    with psycopg.Cursor(connection) as cursor:
        row = cursor.execute(READ).fetchone()
        assert row is not None
        for name, value in zip(NAMES, row, strict=True):
            if value == "off":
                source = cursor.execute(SOURCE, [name]).fetchone()
                yield off(name, _where(connection), str(source[0]) if source else "")


def _where(connection: psycopg.Connection[Any]) -> str:
    info = connection.info
    return f"{info.user}@{info.host}:{info.port}/{info.dbname}"


RELOAD = "alter system set {name} = on; select pg_reload_conf()"
SOURCES: Mapping[str, tuple[str, str]] = {
    "configuration file": ("服务器的配置文件", RELOAD),
    "database": ("数据库一级的设置", "alter database … reset {name}"),
    "user": ("角色一级的设置", "alter role … reset {name}"),
    "database user": ("角色在该数据库中的设置", "alter role … in database … reset {name}"),
    "command line": ("服务器启动命令行", "start PostgreSQL without -c {name}=off"),
    "client": ("连接参数", "remove {name} from DATABASE_URL and PGOPTIONS"),
}


def off(name: str, where: str, source: str) -> Refusal:
    """The sentence for one setting that is off: what, where, how to mend it."""
    if name == "data_checksums":
        place, how = "建库时没有打开", "stop the server; pg_checksums --enable -D DATA"
    else:
        kind, _, file = source.partition("，")
        place, command = SOURCES.get(kind, ("服务器的设置", RELOAD))
        place, how = place + (f" {file}" if file else ""), command.format(name=name)
    return Refusal(
        f"拒绝启动：数据库 {where} 的 {name} 是 off（{place}），{MEND[name]}。请改正（{how}），再重新启动。",
        f"Refused: {name} is off in {where}: {WHY[name]}. Mend it ({how}), then start again.",
    )
