"""Every shape of event that real weekly reports tell, with invented names: stored, read back, offered with its figures."""

from datetime import date
from typing import Any

import pytest

from yichuang.programmes.flow.events import KIND_BY_CODE
from yichuang.programmes.queries import events as queries
from yichuang.programmes.tests import factories as make

pytestmark = pytest.mark.django_db
Shape = dict[str, Any]


def shape(kind: str, title: str, on: date | None = None, until: date | None = None, near: str = "", result: str = "",
          figures: dict[str, str] | None = None, regions: list[str] | None = None, **texts: str) -> Shape:  # fmt: skip
    return {
        "kind": kind, "title": title, "on": on, "until": until, "near": near, "result": result, "figures": figures or {},
        "regions": regions or [], "texts": texts,
    }  # fmt: skip


SHAPES: dict[str, Shape] = {
    "a list of key tasks is issued": shape("publication", "印发重点任务清单", near="近日", document="示例重点任务清单", issuer="示例委", measures="确定承办处室\n明确进度安排"),
    "a new rule comes into force on a day": shape("rule_change", "资质审批新规正式实施", date(2022, 5, 5), document="示例资质管理规定", number="示例令第54号", measures="降低门槛：人员由20人降至5人\n全流程由40天左右缩短至20天左右\n抽查比例不低于10%"),
    "a meeting with requirements": shape("meeting", "召开专题会议", date(2022, 5, 10), agenda="明确分工\n落实整改责任"),
    "a call on one company": shape("guidance", "窗口到示例传播中心上门服务", date(2022, 5, 10), figures={"enterprises": "1"}, named="示例传播中心", measures="查阅资料\n开展座谈"),
    "a video meeting of all cities": shape("meeting", "召开网络视频会议", near="近日", figures={"cities": "21", "items": "14"}, result="形成事项清单"),
    "a tour of several days over nine firms": shape("study_visit", "赴样板市开展专题调研", date(2022, 5, 11), date(2022, 5, 13), figures={"enterprises": "9"}, led_by="总经济师（示例）", visited="甲厂\n乙厂\n丙厂", regions=["510300000000"]),
    "a meeting that hears a report": shape("meeting", "召开推进会议", date(2022, 5, 6), agenda="统一思想\n补齐短板\n建立清单台账"),
    "services since the new year": shape("coaching", "开展行政许可申报前辅导", near="今年以来", figures={"enterprises": "50余"}, measures="上门服务\n集中辅导"),
    "leaders at the window since the new year": shape("reform", "发挥领导干部示范带头作用", near="今年以来", figures={"leaders": "6"}),
    "the window studies new provisions": shape("education", "窗口组织集中学习", near="近日", agenda="十五条措施\n指导意见"),
    "three matters bundled": shape("reform", "推出三个“一件事一次办”", near="近日", figures={"items": "3", "cities": "15"}, measures="甲一件事\n乙一件事\n丙一件事"),
    "a pilot plan": shape("publication", "出台定向利用豁免管理试点实施方案", near="近日", document="定向利用豁免管理试点实施方案", measures="点对点定向利用"),
    "an announcement with added and total": shape("publication", "再次更新发布无矿县公告", near="近日", figures={"added": "2", "total": "36"}, document="示例公告（2022年版）"),
    "guidance at an applicant's": shape("guidance", "窗口赴申请单位开展上门指导", near="近日", measures="逐一反馈审批流程、申请表单、评价报告问题"),
    "a training about changed guides": shape("training", "召开办事指南调整培训会", near="近日", agenda="清单管理通知\n示例清单（2022年版）"),
    "a transferred licence goes well": shape("reform", "完成入河排污口设置审核承接", near="近日", measures="实施方案\n专家库管理办法\n一单一图一表"),
    "four steps of a bundle": shape("reform", "推进水库工程审批一件事", near="近日", figures={"items": "3"}, measures="一次审批\n一体化平台\n工作方案\n一次出件"),
    "a training of the whole province": shape("training", "召开全省营商环境第四次业务培训视频会", date(2022, 5, 12), figures={"participants": "6000余", "cities": "21"}, agenda="解读行动方案\n指标提升"),
    "a department moves in": shape("moving_in", "正式入驻政务服务中心", date(2022, 5, 9), measures="确定入驻人员\n协调办公场地、设备和经费"),
    "a report is compiled and sent up": shape("publication", "编制完成林地定额成果报告", near="近日", document="林地定额编制成果报告（示例）", issuer="示例局"),
    "a study tour of another province": shape("study_visit", "前往外省调研增值化改革", date(2022, 5, 9), date(2022, 5, 10), led_by="中心主要负责人", visited="甲市\n乙市市民中心\n丙市政务服务中心", agenda="平台建设\n打破信息孤岛"),
    "a competition": shape("competition", "举办技能大赛总决赛", date(2022, 5, 12), figures={"contestants": "105", "cities": "21", "teams": "21"}, hosts="示例中心、示例工委", places="一等奖：甲市代表队、乙市代表队、丙市代表队"),
    "help and coaching for named firms": shape("coaching", "多措并举提升审批效率", near="本周", figures={"enterprises": "4"}, named="甲公司\n乙公司\n丙公司\n丁公司", result="实现零缺项、零差错"),
    "a study of another province's work": shape("study_visit", "专题调研外省养护管理", near="本周", agenda="路面养护\n绩效考核"),
    "archives inspected and scanned": shape("archive", "完成许可档案整理归集和电子扫描验收", near="本周", figures={"handled": "2138"}),
    "an activity in a city": shape("guidance", "开展“政务服务进市县”活动", near="本周", regions=["510100000000"], measures="精准调研\n送诊上门"),
    "education on integrity": shape("education", "组织窗口党员干部开展警示教育", near="本周", place="示例县", agenda="专题廉政讲座"),
    "an internal rule": shape("publication", "印发业务档案检查工作制度", near="本周", document="业务档案检查工作制度", measures="明确检查内容\n形成工作闭环"),
    "grass-roots study of parks": shape("study_visit", "赴经开区开展基层调研", near="本周", visited="示例园区政务服务中心", agenda="园区承接集成授权"),
    "a meeting about filing late": shape("coordination", "召开电台补申报专题会议", near="本周", figures={"departments": "4"}, named="广电企业\n运营企业甲\n运营企业乙\n运营企业丙", agenda="要求\n时限\n流程"),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_stored_whole_and_offered(name: str) -> None:
    make.cities()
    told = SHAPES[name]
    event = make.event(**told)
    kind = KIND_BY_CODE[event.kind]
    amounts = queries.amounts_of(event)
    assert set(told["figures"]) <= {each.code for each in kind.measures}, "a figure of the shape has no field"
    assert set(told["texts"]) <= {one.code for one in kind.texts}, "a fact of the shape has no field"
    assert set(told["figures"]) <= set(amounts)
    assert event.texts == told["texts"]
    assert event.regions == told["regions"]
    first = event.filed_under
    offer = next(one for one in queries.offers(first, first) if one.key.startswith(f"event:{event.pk}"))
    assert told["title"] in offer.text
    assert offer.text.startswith(told["near"] or f"{told['on'].month}月{told['on'].day}日")
    assert len(offer.figures) == len(amounts)
    assert all(figure.printed in offer.text for figure in offer.figures)


def test_there_are_shapes_enough() -> None:
    assert len(SHAPES) >= 20
    assert {told["kind"] for told in SHAPES.values()} >= {
        code for code in KIND_BY_CODE if code not in ("other", "hall_campaign")
    }
