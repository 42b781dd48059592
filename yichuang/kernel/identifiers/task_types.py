"""Types of service items (事项类型), GB/T 39046-2020 appendix A, as two digits."""

CLASS = "00"
TASK_TYPES = {
    "01": "行政许可",
    "02": "行政处罚",
    "03": "行政强制",
    "04": "行政征收",
    "05": "行政给付",
    "06": "行政检查",
    "07": "行政确认",
    "08": "行政奖励",
    "09": "行政裁决",
    "10": "其他行政权力",
    "20": "公共服务",
}


def doubt_about(code: str, place: str) -> str | None:
    """Why a two-digit type should be looked at, or None where the standard names it.

    Codes outside the standard occur in running systems and are kept: 11—19 and from 21 on are for local use.
    """
    if code in TASK_TYPES:
        return None
    if code == CLASS:
        return f"{place}事项类型 00 是“行政权力”大类，不是具体类型"
    return f"{place}事项类型 {code} 不在国家标准所列之中，属地方扩展"
