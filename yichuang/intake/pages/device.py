"""Which way a filing came in, judged by the browser that sends it."""

from django.http import HttpRequest

from yichuang.cases.flow import Channel

# What browsers of phones and tablets call themselves, where they send no client hint.
MOBILE_WORDS = ("mobi", "android", "iphone", "ipad", "ipod", "harmony")


def channel_of(request: HttpRequest) -> Channel:
    """移动端 or 网上 (办理形式, GB/T 39046 appendix A).

    The client hint `Sec-CH-UA-Mobile` decides where it is sent: `?1` is a phone, `?0` is none. Browsers that send no
    hint are judged by their User-Agent. Both are the browser's own word: good enough for a figure, and nothing is
    permitted by it. What decides is the browser that files, not the one in which the draft was begun.
    """
    hint = request.headers.get("Sec-CH-UA-Mobile", "").strip()
    if hint in ("?0", "?1"):
        return Channel.MOBILE if hint == "?1" else Channel.ONLINE
    called = request.headers.get("User-Agent", "").lower()
    return Channel.MOBILE if any(word in called for word in MOBILE_WORDS) else Channel.ONLINE
