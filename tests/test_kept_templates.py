"""Templates are compiled once for a machine: what is kept is found again, nothing stale or torn is ever run, and no page fails for it."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.http import HttpRequest
from django.middleware.csrf import get_token, rotate_token
from django.template import engines
from django.test import RequestFactory, override_settings
from django.urls import NoReverseMatch, path, reverse
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import ChainableUndefined, DictLoader, Environment
from jinja2.bccache import FileSystemBytecodeCache, bc_magic

from config.jinja import FormMark, House, form_marks, url
from config.kept_templates import FOLDER, KeptTemplates, compile_all, kept_in

ROOT = Path(__file__).resolve().parent.parent
PAGES = {
    "a.html": "{% extends 'b.html' %}{% block it %}<{{ x }}>{% endblock %}",
    "b.html": "[{% block it %}{% endblock %}]",
}
urlpatterns = [path("elsewhere", lambda request: None, name="desk")]  # type: ignore[arg-type, return-value]


class Counting(Environment):
    """Jinja's environment, which counts what it compiles."""

    compiled = 0

    def _compile(self, source: str, filename: str) -> Any:
        self.compiled += 1
        return super()._compile(source, filename)


def environment(kept: FileSystemBytecodeCache | None, pages: dict[str, str] | None = None) -> Counting:
    return Counting(loader=DictLoader(pages or PAGES), autoescape=True, bytecode_cache=kept)


def drawn(made: Environment) -> str:
    return made.get_template("a.html").render(x="&")


@pytest.fixture
def maker(tmp_path: Path) -> Path:
    """The source of an environment."""
    made = tmp_path / "maker.py"
    made.write_text("one")
    return made


@pytest.fixture
def kept(tmp_path: Path, maker: Path) -> KeptTemplates:
    """A folder of compiled templates."""
    found = kept_in(tmp_path / "var", maker)
    assert found is not None
    return found


def test_what_one_process_has_compiled_the_next_one_finds(kept: KeptTemplates) -> None:
    first, second, without = environment(kept), environment(kept), environment(None)
    assert [compile_all(one) for one in (first, second, without)] == [2, 2, 2]
    assert [drawn(one) for one in (first, second, without)] == ["[<&amp;>]"] * 3
    # The last is the broken variant: nothing kept.
    assert [first.compiled, second.compiled, without.compiled] == [2, 0, 2]


def test_a_template_that_was_changed_and_an_environment_that_was_changed_are_compiled_anew(
    kept: KeptTemplates, tmp_path: Path, maker: Path
) -> None:
    compile_all(environment(kept))
    changed = environment(kept, PAGES | {"b.html": "({% block it %}{% endblock %})"})
    assert drawn(changed) == "(<&amp;>)"
    assert changed.compiled == 1
    maker.write_text("two")
    other = environment(kept_in(tmp_path / "var", maker))
    compile_all(other)
    assert other.compiled == 2


def torn(folder: Path) -> Iterator[str]:
    """Every way in which a file can be worth nothing."""
    files = sorted(folder.iterdir())
    whole = [one.read_bytes() for one in files]
    for name, spoil in (
        ("empty", lambda data: b""), ("cut in its head", lambda data: data[:20]), ("cut in its code", lambda data: data[:-40]),
        ("noise", lambda data: bc_magic + b"\xff" * 60),
    ):  # fmt: skip
        for one, data in zip(files, whole, strict=True):
            one.write_bytes(spoil(data))
        yield name


def test_a_torn_file_fails_no_page(kept: KeptTemplates, tmp_path: Path) -> None:
    compile_all(environment(kept))
    for name in torn(tmp_path / "var" / FOLDER):
        made = environment(kept)
        assert drawn(made) == "[<&amp;>]", name
        assert made.compiled == 2, name


def test_jinjas_own_cache_would_fail_the_page(tmp_path: Path) -> None:
    """The broken variant."""
    plain = FileSystemBytecodeCache(str(tmp_path), "%s.compiled")
    compile_all(environment(plain))
    fails = []
    for name in torn(tmp_path):
        try:
            drawn(environment(plain))
        except Exception:
            fails.append(name)
    assert fails


def test_a_full_disk_fails_no_page(
    kept: KeptTemplates, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.NamedTemporaryFile", full)
    with caplog.at_level(logging.WARNING):
        assert drawn(environment(kept)) == "[<&amp;>]"
    assert "cannot be kept" in caplog.text


def test_a_folder_that_others_may_open_is_not_used(tmp_path: Path, maker: Path) -> None:
    """What lies there is run as code."""
    folder = tmp_path / "var" / FOLDER
    assert kept_in(tmp_path / "var", maker) is not None
    assert folder.stat().st_mode & 0o777 == 0o700
    for mode in (0o770, 0o707, 0o755):
        folder.chmod(mode)
        assert kept_in(tmp_path / "var", maker) is None, oct(mode)
    folder.rmdir()
    (tmp_path / "mine").mkdir(mode=0o700)
    folder.symlink_to(tmp_path / "mine")
    assert kept_in(tmp_path / "var", maker) is None
    (tmp_path / "file").write_text("")
    assert kept_in(tmp_path / "file", maker) is None


def test_every_template_of_the_house_is_found_and_compiles() -> None:
    made = engines["jinja2"].env  # type: ignore[attr-defined]
    assert isinstance(made, House)
    assert compile_all(made) == len(list(ROOT.glob("yichuang/*/templates/**/*.html")))
    assert made.cache is not None
    assert len(made.cache) >= compile_all(made)


LOADED = """
from jinja2 import Environment
from config import web
web.load()
from django.conf import settings
from django.template import engines
from django.urls import get_resolver
def refused(*_):
    raise AssertionError("a request would have compiled a template")
{spoil}
Environment._compile = refused
for name in ("home/desk.html", "home/case.html", "statistics/desk_figures.html", "home/sign_in.html"):
    engines["jinja2"].get_template(name)
assert get_resolver()._populated
print("ready")
"""


@pytest.mark.parametrize("broken", [False, True])
def test_nothing_is_left_to_be_compiled_when_workers_are_forked(broken: bool) -> None:
    """The broken variant: templates that are left to whoever asks first."""
    spoil = (
        "engines['jinja2'].env.cache.clear(); engines['jinja2'].env.bytecode_cache = None" if broken else ""
    )
    environment = {
        **os.environ,
        "YICHUANG_TOOL": "1",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "YICHUANG_DEVELOPMENT": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(spoil=spoil)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert (done.stdout.strip() == "ready") is not broken, done.stderr
    assert ("would have compiled" in done.stderr) is broken, done.stderr


# Addresses in templates.


def test_an_address_is_what_django_says() -> None:
    case = uuid4()
    for _ in range(2):
        assert url("desk") == reverse("desk")
        assert url("desk-act", case, "accept") == reverse("desk-act", args=(case, "accept"))
        assert url("desk-act", case_id=case, action="a b二") == reverse(
            "desk-act", kwargs={"case_id": case, "action": "a b二"}
        )
        assert url("desk-act", str(case), "accept") == url("desk-act", case, "accept")
        with pytest.raises(NoReverseMatch):
            url("desk-act", "no id", "accept")
        with pytest.raises(NoReverseMatch):
            url("no-such-page")


def test_an_address_kept_for_one_site_is_not_given_on_another() -> None:
    here = url("desk")
    with override_settings(ROOT_URLCONF=__name__):
        assert url("desk") == "/elsewhere"
    assert url("desk") == here


@given(st.lists(st.uuids(), min_size=1, max_size=5))
def test_no_two_things_share_an_address(cases: list[UUID]) -> None:
    assert {url("desk-case", one) for one in cases} == {f"/desk/cases/{one}" for one in cases}


# The mark of forms.


def asked() -> HttpRequest:
    return RequestFactory().get("/desk")


def secret_of(token: str) -> str:
    """What a masked mark stands for."""
    signs = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    mask, masked = token[:32], token[32:]
    return "".join(signs[signs.index(a) - signs.index(b)] for a, b in zip(masked, mask, strict=True))


def test_all_forms_of_a_page_carry_one_mark_and_no_two_pages_the_same() -> None:
    request = asked()
    marks = form_marks(request)
    shown = {str(marks["csrf_input"]), marks["csrf_input"].__html__()}
    (one,) = shown
    token = str(marks["csrf_token"])
    assert one == f'<input type="hidden" name="csrfmiddlewaretoken" value="{token}">'
    assert secret_of(token) == request.META["CSRF_COOKIE"]
    assert request.META["CSRF_COOKIE_NEEDS_UPDATE"]
    again = asked()
    again.META["CSRF_COOKIE"] = request.META["CSRF_COOKIE"]
    other = str(form_marks(again)["csrf_token"])
    assert other != token, "masked anew for every page"
    assert secret_of(other) == secret_of(token)


def test_a_page_without_a_form_makes_no_mark() -> None:
    request = asked()
    form_marks(request)
    assert "CSRF_COOKIE" not in request.META


def marks_follow_a_new_secret() -> bool:
    """Whether a mark shown before a sign-in is given up by the sign-in."""
    request = asked()
    mark = form_marks(request)["csrf_token"]
    assert secret_of(str(mark)) == request.META["CSRF_COOKIE"]
    rotate_token(request)
    return secret_of(str(mark)) == str(request.META["CSRF_COOKIE"])


def test_a_mark_does_not_outlive_its_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    assert marks_follow_a_new_secret()

    def kept(self: FormMark) -> str:
        return str(vars(self._request).setdefault("mark", get_token(self._request)))

    # The broken variant: once made, never asked again.
    monkeypatch.setattr(FormMark, "__str__", kept)
    assert not marks_follow_a_new_secret()


# Names in templates.

PLAIN = ChainableUndefined
names = st.sampled_from(["items", "keys", "get", "a", "二", "pop", "__class__", "missing"])


@given(st.dictionaries(names, st.integers() | st.none()), names)
def test_a_name_means_what_it_means_to_jinja(held: dict[str, Any], name: str) -> None:
    ours, theirs = House(undefined=PLAIN), Environment(undefined=PLAIN)
    text = "{{ it." + name + " is defined }}|{{ it." + name + " is callable }}|{{ it.a }}"
    assert ours.from_string(text).render(it=held) == theirs.from_string(text).render(it=held)


class Odd(dict[str, int]):
    """A dictionary with a name of its own."""

    a = 7


def test_an_attribute_of_a_kind_of_dictionary_still_goes_first() -> None:
    assert House().from_string("{{ it.a }}").render(it=Odd(a=1)) == "7"
    assert House().from_string("{{ it.a }}").render(it={"a": 1}) == "1"
