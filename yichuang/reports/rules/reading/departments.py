"""Which provincial departments head the sentences of a paragraph: one paragraph may speak of several."""

import re

from .text import sentences

# The names, short and long, under which reports print the departments of a provincial government.
_NAMES = (
    "发展改革委|经济和信息化厅|经信厅|教育厅|科技厅|科学技术厅|民族宗教委|民宗委|公安厅|民政厅|司法厅|财政厅|人力资源社会保障厅|人社厅"
    "|自然资源厅|生态环境厅|住房城乡建设厅|住建厅|交通运输厅|水利厅|农业农村厅|商务厅|文化和旅游厅|文旅厅|卫生健康委|卫健委"
    "|退役军人事务厅|退役军人厅|应急管理厅|应急厅|审计厅|外事办|国资委|市场监督管理局|市场监管局|广播电视局|广电局|体育局|统计局"
    "|机关事务管理局|国防科工办|人防办|信访局|医疗保障局|医保局|粮食和储备局|能源局|监狱局|林业和草原局|林草局|药品监督管理局|药监局"
    "|文物局|中医药局|疾控局|知识产权中心|大数据中心|新闻出版局|电影局|档案局|税务局|气象局|地震局|通信管理局|邮政管理局|烟草专卖局"
    "|消防救援总队|公积金中心|残联|地方金融监管局|乡村振兴局|农科院|政务服务中心|政务服务和资源交易服务中心"
)
_HEADS = re.compile(
    r"(?:[，,、]?(?:近日|日前|近期|本周|目前|同时|此外|另外|今年以来|\d{1,2}月\d{1,2}日(?:至(?:\d{1,2}月)?\d{1,2}日)?)[，,]?)*"
    rf"(?P<name>(?:省|四川省)?(?:{_NAMES}))"
)


def departments_in(paragraph: str) -> tuple[str, ...]:
    """The departments that begin a sentence or clause of the paragraph, as printed, in order, each once."""
    clauses = (
        clause.strip() for sentence in sentences(paragraph) for clause in re.split("[，,；]", sentence)
    )
    found = (_HEADS.match(clause) for clause in clauses)
    return tuple(dict.fromkeys(match["name"] for match in found if match))
