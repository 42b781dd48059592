"""The words by which figures are printed: measures, fillers, spans of time, ratios. Data, in the field's own words."""

import re

# Measures that name an act; the longest word first where one holds another.
ACTS = (
    "按时办结|按期办结|提前办结|逾期办结|超期办结|即时办结|当场办结|办结|受理|接件|收件|退件|出件|发件|补件|制证|发证|出证|领证"
    "|流转|颁发|发放|制发|核发|签发|出具|办理|审批(?!服务|事项|项目|局|处)|接待|接听|转办|交办|邮寄|寄递|送达|帮办代办|帮办|代办|完成|归集|调用|共享|开具|答复|回复|回访|取号|叫号"
    "|开标|成交|增值|减少|压减|精简|取消|下放|节约|节省|新增|实现|(?:入驻|进驻)(?!单位|部门|窗口|事项)|公布|发布|梳理|编制|推出|上线|打造"
    "|收费|收取|减免|退费|开展|举办|召开|组织|培训|走访|检查"
)
# Measures that name a thing; they count only where no act stands with the number.
THINGS = "咨询|投诉|举报|表扬|好评|差评|评价|预约|登记|注册|访问|登录|申请(?!人)|申报|整改|查询|补正|来电|来访|(?<!公共)(?<!政务)服务|(?<!即)办件|交易(?!中心|平台)"
# The last resort: 收到群众来信12件.
RECEIVED = "收到|接到|接收|收集"
COUNT_NOUN = (
    "(?:(?:成交|交易|中标|合同|投资|预算|签约|总)*(?:金额|总额|额)"
    "|(?:平均|日均)?(?:等候|等待|办理|办结|审批|受理|服务|处理|响应|审核)?(?:时长|用时|时间|时限)"
    "|(?:日均|月均|总)?(?:访问|业务|人流|客流|用户|下载|点击|交易|办件|取号)(?:量|数|总量)|(?:人|次|户|件|项)数)"
)
RATIO = (
    r"(?:(?:按时|按期|提前|即时|综合|总体)?办结率|全程网办率|网上可办率|一网通办率|(?:可)?网办率|即办(?:件)?率|好评率|满意率|满意度"
    r"|差评率|整改率|接通率|答复率|回访率|受理率|到岗率|节资率|增值率|办理率|可办率|一次办率|覆盖率|占比|比例|比重|占)"
)
OTHER_RATIO = r"(?:[\u4e00-\u9fff]{2,6}率)"
GROWTH = (
    r"(?:(?:同比|环比|(?:较|比|与)[^，,；;。\d]{1,8}?)?"
    r"(?:增长|下降|上升|(?<![压精])减(?:材料|时限|环节|跑动)|增加|减少|提升|提高|压缩|缩短|提速|降低|回落|上涨|增幅|降幅|压减|净增))"
)
FILLER = (
    r"(?:(?:总)?(?:量|数)(?:量)?|件数|共计|合计|总计|累计|分别|均|也|又|还|就|已经|已|共|总|约|近|达到|达|到|为|是|超过|超|突破|仅|只|有"
    r"|了|的|率|高达|平均|各类|各项|各|：|:|计|事宜|至)"
)
APPROXIMATE = re.compile(r"(?:约|近|超过|超|突破|逾|将近|大约)$")
AVERAGE = re.compile("日均|月均|年均|人均")
KNOWN_KIND = re.compile(
    "行政|许可|公共服务|事项|即办|承诺|个人|企业|法人|线上|线下|网上|窗口|现场|自助|省级|市级|县级|区县|乡镇|街道|其他|其它|分中心|分厅|类$"
)
SUM_WORD = re.compile(r"总量|总数|合计|共计|总计|总共|一共|(?<!公)共(?!享)")
ONLY_SUM = re.compile(r"(?:合计|共计|总计|总共|一共|共|累计|约)+")
FROM_WORD = re.compile(r"(?:由|从)[^，,；;。]{0,12}$")
# 由95%提升至98%: the old value is no figure of this report.
CHANGE = re.compile(
    r"(?:由|从)[^，,；;。]{0,12}?\d[\d.]*[^，,；;。\d]{0,6}?"
    r"(?:提升|提高|增长|增加|下降|降低|降|压缩|缩短|压减|减少|升|上升)(?:至|到|为)$"
)
TO_WORD = re.compile(r"\s*(?:提升|提高|增长|增加|下降|降低|降|压缩|缩短|压减|减少|升|上升)(?:至|到|为)")
# Words that stand before a type and are no part of it.
AREA = re.compile(
    r"^(?:(?:其中|另外|此外|同时|目前|已|共|累计|合计|共计|总计|截至目前|全[省市县区州]|我[省市县区州]|[省市县区州]?本级|[省市县区州]级"
    r"(?=行政|公共|政务)|各类|各项|各|了|由|通过|有|还|均|以及|和|及|与|、|对|为|是)+)(?=.)"
)
TAIL = re.compile(
    r"(?:业务量|办件量|总量|数量|量|达到|收到|接到|收集|累计|合计|共计|总计|已经|已|共|总|均|分别|各|的|了|方面|中|等|约|近|达|全年|为|有)+$"
)
# 行政许可事项 and 行政许可 are one type; 其它九类行权事项 keeps its word, for it has no shorter name.
ITEM_TYPE = re.compile(
    r"(行政许可|行政处罚|行政强制|行政征收|行政给付|行政检查|行政确认|行政奖励|行政裁决|公共服务|行政权力)(?:类事项|类办件|事项|办件|类)$"
)
# A ratio, and the measures of its upper and lower figure.
RATIO_OF = {
    "办结率": ("办结", "受理"),
    "按时办结率": ("按时办结", "办结"),
    "按期办结率": ("按期办结", "办结"),
    "提前办结率": ("提前办结", "办结"),
    "即时办结率": ("即时办结", "办结"),
    "好评率": ("好评", "评价"),
    "差评率": ("差评", "评价"),
    "满意率": ("好评", "评价"),
    "受理率": ("受理", "申请"),
    "节资率": ("节约", "预算金额"),
}
# Shares of the total that the same paragraph prints.
SHARE = re.compile("占比|占|比例|比重|占(?:总|全部|其).*")
# Every case is one of these two; beside other kinds they overlap, and then parts never add up to a total.
KINDS_OF_CASE = frozenset({"即办件", "承诺件"})
OVERLAPPING = re.compile("即办|承诺|全程网办|最多跑一次|零跑动|按时|提前|好评")
# Units of money and time: a noun such as 成交金额 or 平均用时 names them better than the act in it.
MONEY = frozenset({"元", "万元"})
TIME = frozenset({"分钟", "小时", "天", "日", "秒", "工作日", "个工作日", "个自然日"})
# 120件（上月125件）: the measure of the figure before, for an earlier span.
EARLIER = re.compile("(?:去年|上年)同期|去年|上年|上周|前一周|上月|上季度|同期")
LAST_YEAR = frozenset({"去年同期", "上年同期", "去年", "上年", "同期"})
LAST_SPAN = frozenset({"上周", "前一周", "上月", "上季度"})
QUARTERS = ("一季度", "二季度", "三季度", "四季度")
# Words by which two sentences on the same matter may differ.
LEAD_NOISE = re.compile(
    rf"[，,、：:；;（）()“”\d.%年月日]|本周|全周|一周|当周|本月|当月|今日|当日|今年以来|今年|截至|目前|累计|{FILLER}|类"
)
RISES = re.compile("增长|上升|上涨|增加|增幅|净增")
FALLS = re.compile("下降|减少|降低|回落|降幅")
