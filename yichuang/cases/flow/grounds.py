"""The legal grounds of steps, and the other closed lists that people choose from."""

# The eight procedures whose time does not count (行政许可法 art. 45, a closed list).
PAUSE_GROUNDS = {
    "hearing": "听证",
    "tender": "招标",
    "auction": "拍卖",
    "inspection": "检验",
    "testing": "检测",
    "quarantine": "检疫",
    "appraisal": "鉴定",
    "expert_review": "专家评审",
}
# A law or regulation may exclude other time (取水许可和水资源费征收管理条例 art. 19: 征求有关部门意见); it must be named.
OTHER_LEGAL_BASIS = "other"
PAUSE_GROUNDS_ALL = PAUSE_GROUNDS | {OTHER_LEGAL_BASIS: "法律、法规规定的其他情形（须写明条款）"}

# How an acceptance came about where nobody pressed the button: silence of the window (行政许可法 art. 32 item 4).
SILENCE = "art32_silence"
# A renewal undecided when the licence ran out counts as granted (行政许可法 art. 50).
RENEWAL_SILENCE = "art50_silence"
# Accepted although minor materials are still to come (容缺受理).
PENDING_MATERIALS = "pending_materials"
ACCEPTANCE_GROUNDS = {
    RENEWAL_SILENCE: "许可有效期届满前未作决定，申请自收到材料之日起视为受理（行政许可法第五十条）",
    SILENCE: "逾期未告知补正，自收到申请材料之日起即为受理（行政许可法第三十二条）",
    PENDING_MATERIALS: "容缺受理：次要材料按承诺的日期补交",
}
DECISION_GROUNDS = {RENEWAL_SILENCE: "有效期届满前未作决定，视为准予延续（行政许可法第五十条）"}

# Why a case may be refused at the door (行政许可法 art. 32 items 1, 2) or for want of correction (item 5).
REFUSAL_GROUNDS = {
    "not_required": "依法不需要取得行政许可",
    "not_competent": "不属于本机关职权范围",
    "not_corrected": "逾期未补正或者补正后仍不符合要求",
}

# Why a case goes back to a lower level; counted item by item.
SEND_BACK_REASONS = {
    "facts_unclear": "事实不清，需要进一步核实",
    "material_doubtful": "材料存疑，需要核对",
    "not_examined": "漏审，有内容没有审查",
    "wrong_basis": "依据不当或者引用有误",
    "opinion_unclear": "意见不明确或者前后不一致",
    "procedure_missing": "应当履行的程序没有履行",
}

TERMINATION_GROUNDS = {
    "applicant_gone": "申请人死亡、丧失行为能力或者法人依法终止",
    "basis_gone": "申请依据的法律、法规修改或者废止",
    "not_corrected": "申请人逾期未补正，视为放弃申请",
    "impossible": "因不可抗力，办理已无法继续",
}

DELIVERY_METHODS = {"window": "窗口领取", "post": "邮寄送达", "electronic": "电子送达"}

EXTENSION_GROUNDS = {
    "art42": "二十日内不能作出决定，经本机关负责人批准延长（行政许可法第四十二条）",
    "art42_joint": "统一、联合或者集中办理，四十五日内不能办结，经本级人民政府负责人批准延长（行政许可法第四十二条）",
}

# Why the content of a closed case may be destroyed (个人信息保护法 art. 47 items 2, 4 and 5). Only the first must wait for
# the end of retention; the other two override it.
DESTRUCTION_GROUNDS = {
    "retention_over": "保存期限已届满（个人信息保护法第四十七条第一款第二项）",
    "unlawful": "违反法律、行政法规处理个人信息，应当删除（个人信息保护法第四十七条第一款第四项）",
    "ordered": "法律、行政法规规定或者生效裁判要求删除（个人信息保护法第四十七条第一款第五项）",
}
# The shortest fixed period of 机关文件材料归档范围和文书档案保管期限规定 (国家档案局令第8号), counted from the day the case closed.
RETENTION_YEARS = 10
