"""Words of authorisation (事项授权) and of delegation to parks and districts (集成授权、下放、委托)."""

from dataclasses import dataclass
from enum import StrEnum


class DelegationKind(StrEnum):
    """How an item is given to somebody else to handle."""

    INTEGRATED = "integrated"
    DEVOLVED = "devolved"
    ENTRUSTED = "entrusted"

    @property
    def label(self) -> str:
        """The kind in Chinese."""
        return _KIND_LABELS[self]


_KIND_LABELS = {
    DelegationKind.INTEGRATED: "集成授权",
    DelegationKind.DEVOLVED: "下放",
    DelegationKind.ENTRUSTED: "委托",
}


class DelegationLevel(StrEnum):
    """How far down an item goes."""

    PARK = "park"
    PREFECTURE = "prefecture"
    COUNTY = "county"
    TOWNSHIP = "township"

    @property
    def label(self) -> str:
        """The level in Chinese."""
        return _LEVEL_LABELS[self]


_LEVEL_LABELS = {
    DelegationLevel.PARK: "园区",
    DelegationLevel.PREFECTURE: "市（州）级",
    DelegationLevel.COUNTY: "县（市、区）级",
    DelegationLevel.TOWNSHIP: "乡镇（街道）级",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a row with days stands on a day: its word and its tone."""

    label: str
    tone: str


IN_FORCE = Standing("有效", "good")
NOT_YET = Standing("未生效", "plain")
ENDED = Standing("已结束", "plain")
WITHDRAWN = Standing("已撤回", "warn")

# Facts about an item that this part of the catalogue leaves.
FACT_LABELS = {
    "item.authorised": "授权综窗受理",
    "item.authorisation_withdrawn": "撤回综窗受理授权",
    "item.delegated": "授权、下放",
    "item.delegation_ended": "结束授权、下放",
    "item.transferred": "转隶",
}
