"""The guide with which an item begins that has none: everything known filled in, everything else empty."""

from yichuang.catalogue.flow import (
    Audience,
    Channel,
    HandlingKind,
    ItemType,
)
from yichuang.catalogue.models import Item
from yichuang.catalogue.rules.forms import Form
from yichuang.catalogue.rules.guide import (
    GENERAL_LIMIT,
    Contact,
    Fee,
    Guide,
    Limit,
    Limits,
    Result,
    guide_data,
)


def blank_guide(item: Item) -> dict[str, object]:
    """Elements of a guide that has still to be written; the linter lists what is missing."""
    known = item.item_type in set(ItemType)
    item_type = ItemType(item.item_type) if known else ItemType.OTHER_POWER
    guide = Guide(
        item_code=item.code,
        name=item.name,
        main_item=item.main_item,
        department=item.department.code,
        item_type=item_type,
        handling_kind=HandlingKind.PROMISED,
        summary="",
        audience=tuple(Audience) if item_type is ItemType.PUBLIC_SERVICE else (),
        conditions=(),
        legal_basis=(),
        materials=(),
        limits=Limits(promised=Limit(GENERAL_LIMIT, "")),
        steps=(),
        channels=(Channel.WINDOW,),
        fee=Fee(charged=False, note=""),
        result=Result("", "", ""),
        visits_needed=1,
        consult=Contact(""),
        complaint=Contact(""),
        form=Form(sections=()),
    )
    return guide_data(guide)
