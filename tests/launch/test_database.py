"""Which database a start serves, and whether the demo goes in."""

from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest

from config.launch import database
from config.launch.places import Places, make_folder
from config.launch.roles import create_database
from config.launch.say import Stop

# The tests' own cluster is one that a start refuses (see test_refusals.py), except on a developer's machine.
FAST = {"YICHUANG_DEVELOPMENT": "1"}


def test_a_server_that_is_too_old_is_a_sentence() -> None:
    database.need_version(150004)
    with pytest.raises(Stop, match="版本过低") as caught:
        database.need_version(140011)
    assert caught.value.code == 2


def test_demo_goes_only_into_an_empty_own_or_named_database(places: Places) -> None:
    make_folder(places.var)

    def wanted(*, empty: bool, name: str = "a@h:1/d", **given: str) -> bool:
        return database._demo_wanted(places, given, name, empty=empty)

    assert not wanted(empty=False)
    assert not wanted(empty=True, YICHUANG_DEMO="0")
    assert wanted(empty=True)
    assert wanted(empty=False), "it was empty when the demo first went in"
    assert not wanted(empty=False, name="a@h:1/real")
    assert wanted(empty=False, name="a@h:1/real", YICHUANG_DEMO="1")


def addresses(urls: dict[str, str]) -> dict[str, str]:
    """The variables of an operator who names every role."""
    return {
        "DATABASE_URL": urls["app"],
        "OWNER_DATABASE_URL": urls["owner"],
        "REPORT_DATABASE_URL": urls["report"],
        "AUDIT_DATABASE_URL": urls["audit"],
    }


def test_an_operators_database_is_used_as_it_is_and_shown_without_passwords(
    places: Places, cluster_urls: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    make_folder(places.var)
    found = database.opened(places, {**addresses(cluster_urls), "YICHUANG_DEMO": "0", **FAST})

    assert found.cluster is None
    assert found.urls == {role: cluster_urls[role] for role in ("owner", "app", "report", "audit")}
    assert not found.demo
    said = capsys.readouterr().out
    for role, url in found.urls.items():
        assert f"{role}: yichuang_{role}@127.0.0.1:{urlsplit(url).port}/yichuang" in said
        assert str(urlsplit(url).password) not in said


def test_one_address_serves_every_role(places: Places, cluster_urls: dict[str, str]) -> None:
    make_folder(places.var)
    found = database.opened(places, {"DATABASE_URL": cluster_urls["owner"], "YICHUANG_DEMO": "0", **FAST})
    assert set(found.urls.values()) == {cluster_urls["owner"]}
    assert database.role_names(found.urls) == {
        f"YICHUANG_ROLE_{role}": "yichuang_owner" for role in ("OWNER", "APP", "REPORT", "AUDIT")
    }


def test_an_empty_database_of_an_operator_gets_the_demo_a_filled_one_does_not(
    places: Places, cluster_urls: dict[str, str]
) -> None:
    make_folder(places.var)
    name = f"test_operator_{uuid4().hex[:8]}"
    owner = cluster_urls["owner"].rpartition("/")[0] + "/" + name
    with psycopg.connect(cluster_urls["admin"], autocommit=True) as admin:
        create_database(admin, name)
        try:
            assert database.opened(places, {"DATABASE_URL": owner, **FAST}).demo
            with psycopg.connect(owner) as connection:
                connection.execute("create table real_work ()")
            assert database.opened(places, {"DATABASE_URL": owner, **FAST}).demo, "ours since the first start"
            (places.var / "secrets.json").unlink()
            assert not database.opened(places, {"DATABASE_URL": owner, **FAST}).demo
        finally:
            admin.execute(f"drop database {name} with (force)".encode())


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://somebody:secret@127.0.0.1:1/none",
        "postgresql://somebody:secret@no-such-host.invalid/none",
        "postgresql://somebody:secret@127.0.0.1:{port}/yichuang",
    ],
)
def test_a_database_that_cannot_be_reached_is_a_sentence_without_the_password(
    places: Places, cluster_urls: dict[str, str], url: str
) -> None:
    given = url.replace("{port}", str(urlsplit(cluster_urls["app"]).port))
    with pytest.raises(Stop, match="连不上 DATABASE_URL") as caught:
        database.opened(places, {"DATABASE_URL": given})
    assert "secret" not in str(caught.value)


def test_role_names_follow_the_addresses() -> None:
    urls = {
        role: f"postgresql://{role}_of_the_centre:x@db/yichuang"
        for role in ("owner", "app", "report", "audit")
    }
    assert database.role_names(urls)["YICHUANG_ROLE_APP"] == "app_of_the_centre"
    assert database.role_names({**urls, "audit": "postgresql:///yichuang"}).keys() == {
        "YICHUANG_ROLE_OWNER",
        "YICHUANG_ROLE_APP",
        "YICHUANG_ROLE_REPORT",
    }
