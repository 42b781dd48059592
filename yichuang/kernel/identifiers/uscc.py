"""统一社会信用代码, 18 characters, GB 32100: registrar, kind of body, division, organisation code, check."""

from yichuang.kernel.identifiers import org9
from yichuang.kernel.identifiers.characters import DIGITS, dummy, malformed, stray
from yichuang.kernel.identifiers.verdict import Findings, Verdict

KIND = "uscc"
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ALLOWED = frozenset(ALPHABET)
_VALUES = {char: value for value, char in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
_RULE = "数字或大写字母（不含 I、O、S、V、Z）"

_OTHER = {"9": "其他"}
REGISTRARS: dict[str, tuple[str, dict[str, str]]] = {
    "1": ("机构编制", {"1": "机关", "2": "事业单位", "3": "群众团体", **_OTHER}),
    "2": ("外交", {"1": "外国常驻新闻机构", **_OTHER}),
    "3": (
        "司法行政",
        {
            "1": "律师执业机构",
            "2": "公证处",
            "3": "基层法律服务所",
            "4": "司法鉴定机构",
            "5": "仲裁委员会",
            **_OTHER,
        },
    ),
    "4": ("文化", {"1": "外国在华文化中心", **_OTHER}),
    "5": ("民政", {"1": "社会团体", "2": "民办非企业单位", "3": "基金会", **_OTHER}),
    "6": ("旅游", {"1": "外国旅游部门常驻代表机构", "2": "港澳台地区旅游部门常驻代表机构", **_OTHER}),
    "7": ("宗教", {"1": "宗教活动场所", "2": "宗教院校", **_OTHER}),
    "8": ("工会", {"1": "基层工会", **_OTHER}),
    "9": ("市场监管", {"1": "企业", "2": "个体工商户", "3": "农民专业合作社", **_OTHER}),
    "A": ("军队改革和编制", {"1": "军队事业单位", **_OTHER}),
    "N": (
        "农业农村",
        {"1": "组级集体经济组织", "2": "村级集体经济组织", "3": "乡镇级集体经济组织", **_OTHER},
    ),
    "Y": ("其他", {"1": "其他"}),
}


def check_character(body: str) -> str:
    """The check character that belongs to the first 17 characters; they must all be of the alphabet."""
    total = sum(_VALUES[char] * weight for char, weight in zip(body, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def check(code: str) -> Verdict:
    """Judges a unified social credit code by GB 32100.

    Invalid: length, alphabet, letters in the division code, wrong check character, dummies.
    Flagged: a registrar or kind of body outside the standard's table, or an organisation code inside
    (GB 11714) whose own check character does not fit although the check of the whole does.
    """
    findings = Findings()
    for reason in malformed(code, _ALLOWED, _RULE, 18):
        findings.error(reason)
    if findings.wrong:
        return findings.verdict(code, KIND)
    findings.error(stray(code[2:8], DIGITS, "数字（登记管理机关行政区划码）", 2))
    expected = check_character(code[:17])
    if code[17] != expected:
        findings.error(f"第18位校验码应为 {expected}，实为 {code[17]}")
    _examine_organisation(code[8:17], findings)
    registrar, body = _type_of(code, findings)
    parts = {
        "registrar": registrar,
        "body_type": body,
        "area_code": code[2:8],
        "organisation_code": code[8:17],
        "check": code[17],
    }
    return findings.verdict(code, KIND, {name: value for name, value in parts.items() if value})


def _examine_organisation(text: str, findings: Findings) -> None:
    repeated = dummy(text)
    if repeated is not None:
        findings.error(f"第9—17位组织机构代码{repeated}")
        return
    expected = org9.check_character(text[:8])
    if text[8] != expected:
        findings.doubt(f"第9—17位组织机构代码的校验码（第17位）应为 {expected}，实为 {text[8]}")


def _type_of(code: str, findings: Findings) -> tuple[str, str]:
    if code[0] not in REGISTRARS:
        findings.doubt(f"第1位登记管理部门代码 {code[0]} 不在国家标准所列之中")
        return "", ""
    registrar, bodies = REGISTRARS[code[0]]
    if code[1] not in bodies:
        findings.doubt(f"第2位机构类别代码 {code[1]} 不在“{registrar}”所列之中")
    return registrar, bodies.get(code[1], "")
