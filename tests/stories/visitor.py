"""Somebody at the site, as a browser would be: reads a page, fills in its own forms, presses its own buttons.

A field or a button that has gone from a page fails the story, because nothing is sent that the page does not hold.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponseBase
from django.test import Client

Value = str | list[str] | list[SimpleUploadedFile]
VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)
MOST_REDIRECTS = 5


@dataclass
class Button:
    """A button that sends its form; `name` may be empty."""

    label: str = ""
    name: str = ""
    value: str = ""


@dataclass
class Form:
    """A form of a page with what it would send untouched."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    choices: dict[str, set[str]] = field(default_factory=dict)
    buttons: list[Button] = field(default_factory=list)

    def button(self, label: str) -> Button | None:
        """The button with this label."""
        return next((button for button in self.buttons if button.label == label), None)

    def filled(self, given: Mapping[str, Value]) -> dict[str, Any]:
        """What is sent: the form's own values under those given. An unknown name or choice is an error."""
        data: dict[str, Any] = {name: list(values) for name, values in self.values.items()}
        for name, value in given.items():
            assert name in self.names, f"no field {name!r} in the form of {self.action}: {sorted(self.names)}"
            texts = [value] if isinstance(value, str) else value
            known = self.choices.get(name)
            assert known is None or set(map(str, texts)) <= known, f"{name!r} offers {known}, not {texts}"
            data[name] = texts
        return data


class _Reader(HTMLParser):
    """Collects forms, headings, links and the visible words of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.words: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.titles: list[str] = []
        self._form: Form | None = None
        self._open: list[str] = []
        self._button: Button | None = None
        self._area: str | None = None
        self._select: tuple[str, bool] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self._open.append(tag)
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get"))
            self.forms.append(self._form)
        elif tag == "a" and "href" in given:
            self.links.append((given["href"], ""))
        elif self._form is not None and "disabled" not in given:
            self._control(tag, given)

    def _control(self, tag: str, given: dict[str, str]) -> None:
        assert self._form is not None
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag == "button" and kind == "submit":
            self._button = Button("", name, given.get("value", ""))
            self._form.buttons.append(self._button)
        elif tag == "textarea":
            self._area = name
            self._form.names.add(name)
            self._form.values.setdefault(name, []).append("")
        elif tag == "select":
            self._select = (name, False)
            self._form.names.add(name)
            self._form.choices.setdefault(name, set())
        elif tag == "option" and self._select:
            self._option(given)
        elif tag == "input" and name:
            self._input(name, kind, given)

    def _option(self, given: dict[str, str]) -> None:
        assert self._form is not None
        assert self._select is not None
        name, chosen = self._select
        self._form.choices[name].add(given.get("value", ""))
        if "selected" in given or not chosen:
            self._form.values[name] = [given.get("value", "")]
            self._select = (name, True)

    def _input(self, name: str, kind: str, given: dict[str, str]) -> None:
        assert self._form is not None
        self._form.names.add(name)
        if kind == "file":
            self._form.files.add(name)
            return
        if kind in ("radio", "checkbox"):
            self._form.choices.setdefault(name, set()).add(given.get("value", "on"))
            if "checked" not in given:
                return
        self._form.values.setdefault(name, []).append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass
        if tag == "form":
            self._form = None
        elif tag == "button":
            self._button = None
        elif tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if "script" in self._open or "style" in self._open:
            return
        if self._button is not None:
            self._button.label += data.strip()
        if self._area is not None and self._form is not None:
            # The parser of HTML drops the first line break after <textarea>.
            self._form.values[self._area][-1] += data.removeprefix("\n")
        if "title" in self._open:
            self.titles.append(data.strip())
        elif data.strip():
            self.words.append(" ".join(data.split()))
        if "a" in self._open and self.links:
            href, words = self.links[-1]
            self.links[-1] = (href, words + data.strip())


@dataclass
class Page:
    """One answer of the site: where one ended up, what it says, what can be sent from it."""

    address: str
    status: int
    text: str
    forms: list[Form]
    links: list[tuple[str, str]]
    content: bytes
    title: str

    def says(self, *wanted: str) -> "Page":
        """Check that the page says all of this; blanks do not matter. The page itself."""
        plain = "".join(self.text.split())
        for words in wanted:
            assert "".join(words.split()) in plain, (
                f"{self.address} ({self.status}) does not say {words!r}: {self.text}"
            )
        return self

    def form(self, button: str) -> Form:
        """The form with this button."""
        found = next((form for form in self.forms if form.button(button)), None)
        labels = [each.label for form in self.forms for each in form.buttons]
        assert found is not None, (
            f"{self.address} ({self.status}) has no button {button!r}, only {labels}: {self.text[-600:]}"
        )
        return found

    def link(self, words: str) -> str:
        """The address of the link with these words."""
        found = next((href for href, said in self.links if words in said), None)
        assert found is not None, f"{self.address} has no link {words!r}"
        return found


class Visitor:
    """A browser's client with the check of forgery on, and the page that it shows."""

    def __init__(self, **headers: str) -> None:
        self.client = Client(enforce_csrf_checks=True, headers=headers)

    def open(self, address: str) -> Page:
        """Go to an address, following redirects."""
        return self._follow(address, self.client.get(address))

    def press(self, page: Page, button: str, files: Iterable[str] = (), /, **given: Value) -> Page:
        """Press a button of the page with these values in the fields of its form."""
        form = page.form(button)
        pressed = form.button(button)
        assert pressed is not None
        data = form.filled(given)
        if pressed.name:
            data[pressed.name] = [pressed.value]
        address = urljoin(page.address, form.action or page.address)
        if form.method == "get":
            return self._follow(address, self.client.get(address, data))
        return self.send(address, data)

    def send(self, address: str, data: Mapping[str, Any]) -> Page:
        """Post fields to an address, following redirects."""
        return self._follow(address, self.client.post(address, data))

    def sign_in(self, username: str, password: str) -> Page:
        """Sign in through the page."""
        page = self.press(self.open("/sign-in"), "登录", username=username, password=password)
        assert page.address != "/sign-in", page.text
        return page

    def _follow(self, address: str, response: HttpResponseBase) -> Page:
        for _ in range(MOST_REDIRECTS):
            if response.status_code not in (301, 302, 303, 307, 308):
                return read(address, response)
            address = urljoin(address, response.headers["Location"])
            response = self.client.get(address)
        raise AssertionError(f"too many redirects, last to {address}")


def read(address: str, response: HttpResponseBase) -> Page:
    """An answer as a page; a file that is no HTML has content but no words."""
    content = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    reader = _Reader()
    if response.headers.get("Content-Type", "").startswith("text/html"):
        reader.feed(content.decode())
    parts = urlsplit(address)
    where = f"{parts.path}?{parts.query}" if parts.query else parts.path
    words = " ".join(reader.words)
    return Page(
        where, response.status_code, words, reader.forms, reader.links, content, "".join(reader.titles)
    )


def pdf(name: str, words: str = "Nothing real") -> SimpleUploadedFile:
    """A small, complete PDF of one page, as a scanner would hand it over."""
    stream = f"BT /F1 18 Tf 72 720 Td ({words}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    count = len(objects) + 1
    return SimpleUploadedFile(name, body + tail % (count, table, count, len(body)), "application/pdf")
