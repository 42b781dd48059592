"""What can go wrong, in the user's language: what, where and how to mend it."""

from collections.abc import Mapping


class Problem(Exception):
    """A refusal that is the user's to read. `fields` maps a form field to what is wrong with it."""

    status = 400
    title = "请求有误"

    def __init__(self, message: str, *, how: str = "", fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.how = how
        self.fields: dict[str, str] = dict(fields or {})


class Invalid(Problem):
    """Well formed, but wrong in content."""

    status = 422
    title = "填写有误"


class Refused(Problem):
    """Not permitted."""

    status = 403
    title = "没有权限"


class Missing(Problem):
    """Not there, or not for this actor: the two look the same."""

    status = 404
    title = "没有找到"

    def __init__(
        self,
        message: str = "没有找到您要的内容，或者您无权查看。",
        *,
        how: str = "请核对编号或链接。",
        fields: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, how=how, fields=fields)


class Conflict(Problem):
    """Somebody was faster, or the same key came with another content."""

    status = 409
    title = "内容已变化"


class Unavailable(Problem):
    """The platform cannot do it now; trying again later makes sense."""

    status = 503
    title = "暂时无法办理"
