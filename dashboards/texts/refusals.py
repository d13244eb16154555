"""What the commands of the service refuse, in Chinese, as far as no page's own file of texts has it.

Belongs here: the English sentence → the Chinese one (see `dashboards.texts`). Codes of states are left out: the page
shows the state in words.
"""

TEXTS: dict[str, tuple[str, str]] = {}

REFUSALS: dict[str, str] = {
    # Activities
    "a dangerous activity keeps its accident insurance": "有危险的活动必须保留意外保险单号",
    "the activity is {status}, and was submitted already": "该活动已提交过",
    "the activity is {status}: there is nothing to approve": "该活动不在待审核状态",
    "the activity is {status}: there is nothing to return": "该活动不在待审核状态，不能退回",
    "the activity is {status}, and is changed no more": "该活动在当前状态下不能再修改",
    "the activity is {status}, and cannot become {other} from there": "该活动在当前状态下不能这样办理",
    "the activity is {status}: only an approved one begins to recruit": "只有审核通过的活动才能开始招募",
    "the activity is {status}, and is cancelled only before it runs: cancel its shifts to come": (
        "活动开始后不能整体取消，请取消还未开始的场次"
    ),
    "the activity is {status}: change its plan instead": "该活动还在草拟，请直接修改计划",
    "the activity is {status}, and takes nobody": "该活动现在不接受报名",
    "the activity has begun already": "该活动已经开始",
    "the activity is over by then": "到那时活动已经结束",
    "{field} cannot change any more once the activity is approved: cancel it and submit another one": (
        "活动审核通过后这一项不能再改，请取消后另行提交"
    ),
    "shift {n} has started already": "第 {n} 场已经开始",
    "more people than that have a place in shift {n}": "第 {n} 场已确认的人数超过这个名额",
    "the insurance policy no is longer than {n} characters": "保险单号不超过 {n} 个字符",
    "a place can be given back {n} or more hours before the shift": "退出时限为开始前 {n} 小时或更早",
    "an activity has at least one shift": "活动至少有一个场次",
    "the end of recruiting has passed already": "招募截止时间已过",
    "{name} is not in the district of the activity": "{name} 不在活动所在的区县",
    "the {field} is longer than {n} characters": "文字过长，最多 {n} 个字符",
    "an age is {a} to {n} years": "年龄应为 {a} 至 {n} 岁",
    "shift {n} has room for nobody": "第 {n} 场的名额至少为 1",
    "shift {n}: the least share served is {a} to {b} thousandths": "第 {n} 场的最低到场比例应为千分之 {a} 至 {b}",
    "repeat every {n} or more days, weeks or months": "间隔至少为 {n}",
    "an activity lasts at most one year: repeat it no further": "活动最长一年，请缩短重复的期限",
    "all shifts of this activity are cancelled: there is nothing to repeat": "该活动的场次都已取消，无法重复",
    "there is no shift {n}": "没有场次 {n}",
    "this shift is cancelled": "该场次已取消",
    "this shift is cancelled already": "该场次已经取消",
    "this shift has started already": "该场次已经开始",
    "this shift is not held": "该场次不举行",
    "this shift is over": "该场次已结束",
    # Sign-ups
    "this activity is by invitation: its organisation invites whom it wants": "该活动仅限邀请",
    "this sign-up is {status}: there is nothing to confirm": "该报名不在等待确认的状态",
    "this sign-up is {status}: there is nothing to decline": "该报名不在可以谢绝的状态",
    "this sign-up is {status}: there is nothing to cancel": "该报名已经失效，无需取消",
    "this sign-up is {status}: there is no offer to answer": "没有等待答复的名额或邀请",
    "this sign-up is {status}: there is nothing to lift": "该报名没有未到场记录",
    "this sign-up is {status}: only who had a place can have stayed away": "只有已确认的报名才能登记未到场",
    "this shift was cancelled: nobody came": "该场次已取消，不能登记未到场",
    "the shift has started: a sign-up can be cancelled only before": "场次已开始，不能再取消报名",
    "this activity does not recruit yet": "该活动还没有开始招募",
    "the time for signing up is over": "报名时间已过",
    "the time for giving a place back is over: ask the organisation": "已过退出时限，请联系组织",
    "this offer has expired": "名额保留时间已过",
    "the volunteer is offered a place in {title} at the same time: answer that offer first": (
        "同一时间的 {title} 正为该志愿者保留名额，请先答复"
    ),
    "this volunteer did not come {n} times, and is blocked until {day}: an organisation that recorded it may lift it": (
        "该志愿者 {n} 次未到场，{day} 前不能报名；登记的组织可以撤销记录"
    ),
    "the age of this volunteer is not known: have the day of birth added": "不知道该志愿者的年龄，请先补充出生日期",
    # Attendance
    "not at the place of the shift: {where}": "不在场次地点范围内：{where}",
    "this activity keeps no attendance": "该活动不需要签到",
    "there is no confirmed sign-up for this shift": "该场次没有已确认的报名",
    "another sign-in is open: sign out first": "还有未签退的场次，请先签退",
    "there is no open sign-in to this shift": "该场次没有待签退的签到",
    "the shift takes sign-ins from {n} minutes before its start": "开始前 {n} 分钟起可以签到",
    "the shift ended more than {n} minutes ago": "场次结束已超过 {n} 分钟",
    "an accuracy is not below {n} m": "定位精度不能小于 {n} 米",
    "the position is accurate to {m} m only, {n} m are needed: go outside or turn on precise location": (
        "定位精度只有 {m} 米，需要 {n} 米以内，请到室外或打开精确定位"
    ),
    "the code is missing: read it from the screen at the place of the shift": "请输入现场屏幕上的签到码",
    "too many wrong codes: wait {n} minutes, or ask the organisation": "输错次数过多，请等 {n} 分钟或联系组织",
    "this is not the code of the shift now: read it from the screen again": "签到码不对，请重新查看现场屏幕",
    # Organisations
    "{name} is not active: nobody is appointed": "{name} 不在正常状态，不能指定管理员",
    "this volunteer is under age: an administrator is an adult": "管理员须为成年人",
    "this volunteer administers {name} already": "该志愿者已是 {name} 的管理员",
    "this volunteer does not administer {name}": "该志愿者不是 {name} 的管理员",
    "this application is {status}: only a returned one is mended": "只有被退回的申请才能补正",
    "an organisation with this code is registered already": "该统一社会信用代码已登记过组织",
    "the applicant's record was merged at this moment: approve it again": "申请人的登记刚被合并，请重新审核",
    "an organisation is applied for by an adult": "须由成年人申请成立组织",
    "{name} is {status}: there is no application to decide on": "{name} 没有待审核的申请",
    "{name}, above it, is not active": "上级组织 {name} 不在正常状态",
    "an application is somebody's: this account is of nobody": "该账号没有对应的人员，不能提交申请",
    "{name} is not active, and takes no members": "{name} 不在正常状态，不能加入",
    "this volunteer belongs to {name} already": "该志愿者已是 {name} 的成员",
    "this volunteer does not belong to {name}": "该志愿者不是 {name} 的成员",
    "{name} is {status}; this is for one that is {states}": "{name} 在当前状态下不能这样办理",
    "{titles} of {name} are not over: cancel them, with notice to who signed up, or let them finish; "
    "suspend it to let nothing new begin": "{name} 还有未结束的活动：{titles}。请先取消或等其结束；也可以先暂停该组织",
    "{names} stand below {name}: put them below another one or strike them off first": (
        "{name} 还有下级组织：{names}。请先改挂或注销"
    ),
    "a 统一社会信用代码 has {n} characters, {code} has {m}": "统一社会信用代码为 {n} 位，{code} 是 {m} 位",
    "{name} was struck off: nothing of it changes any more": "{name} 已注销，不能再修改",
    "{name} was struck off: nothing can stand below it": "{name} 已注销，不能作上级组织",
    "an organisation cannot stand below itself": "组织不能是自己的上级",
    "there is nothing called {name} to change": "没有可修改的项目 {name}",
    "the administrators of the area change this: ask them": "这一项由所在地管理员修改",
    "hand in at most {n} files": "最多上传 {n} 份材料",
    # Volunteers
    "nobody bans themselves: ask another administrator": "不能限制自己，请其他管理员办理",
    "nobody lifts their own ban: ask another administrator": "不能解除对自己的限制，请其他管理员办理",
    "the end of the ban is past": "限制的截止时间已过",
    "this volunteer is {status}": "该志愿者在当前状态下不能这样办理",
    "this volunteer is not banned": "该志愿者没有被限制",
    "this record is {status}: there is nobody to forget": "该登记已删除或已合并",
    "this record is {status}: nothing of it changes any more": "该登记已删除或已合并，不能再修改",
    "the record {no} is {status}: it holds nothing to merge": "登记 {no} 已删除或已合并",
    "a dispute of this person is open: have it answered or withdrawn first": "该志愿者还有未办结的异议，请先答复或撤回",
    "this person holds a role of the administration: have it withdrawn first": "该人员还有管理角色，请先收回",
    "this volunteer is not under age: nobody has to answer for them": "该志愿者已成年，不需要监护人",
    "this guardian is named already": "该监护人已登记",
    "this guardian does not answer for the volunteer": "该监护人不是现在的监护人",
    "the identity number says born on {a}, not {b}": "证件号码中的出生日期是 {a}，不是 {b}",
    "the identity number says another sex": "证件号码中的性别与所填不同",
    "this document is registered under another name: compare them": "该证件已以另一姓名登记，请核对",
    "the birth date lies in the future: check the number": "出生日期在将来，请核对号码",
    "another volunteer is registered with this document": "该证件已登记过其他志愿者",
    "what your document says is corrected by the administrators of your area: show it to them": (
        "证件上的信息由所在地管理员更正，请出示证件"
    ),
    "say in {n} characters what you can do": "请在 {n} 个字符内说明技能",
    "say in your own words what else you can do": "选了“其他”，请说明是什么技能",
    "the volunteer number {no} is taken": "志愿者编号 {no} 已被使用",
    "a name to show and the consent to show it come together": "公开显示的名字只和“公开显示名”的同意一起填写",
    "this consent was given already, and stands": "该同意已登记，仍然有效",
    "no such consent stands": "没有这项有效的同意",
    "this is decided already": "已经办理过",
    # Honour records, disputes, reviews, proofs
    "this file is being taken in right now: look again": "该文件正在导入，请稍后查看",
    "the record has {a} minutes, its shift is planned for {b}: refuse it and have it entered anew": (
        "记录为 {a} 分钟，场次计划为 {b} 分钟，请退回后重新录入"
    ),
    "the shift is not on that service day, which begins at {time}": "该场次不在这个服务日（服务日从 {time} 开始）",
    "this dispute is not appealed, or decided already": "该异议没有待裁决的复核",
    "this dispute is decided or withdrawn already": "该异议已办结或撤回",
    "this dispute is of another volunteer or organisation": "该异议属于其他志愿者或组织",
    "this dispute was not upheld: there is nothing to make good": "该异议未成立，无需补正",
    "this dispute is made good already": "该异议已补正",
    "the service was more than {n} days ago": "服务已超过 {n} 天",
    "this session is of another volunteer": "该服务记录属于其他志愿者",
    "this session is of another volunteer: open the list anew": "该服务记录属于其他志愿者，请重新打开列表",
    "this session has no minutes in review at this level": "该服务记录在这一级没有待审核的时数",
    "the organisation has until {time} to answer: wait for it": "组织可在 {time} 前答复，请等待",
    "there is no rejection to appeal against": "没有可以申请复核的答复",
    "an appeal was possible until {time}": "申请复核的期限是 {time}",
    "this volunteer has no such record of this organisation": "该志愿者在该组织没有这条记录",
    "this organisation has no such shift": "该组织没有这个场次",
    "of this volunteer no name is kept any more: nothing can be certified": "该志愿者的姓名已删除，不能出具证明",
    "the number drawn is taken: issue it again": "证明编号已被使用，请重新出具",
    "this proof is revoked, and is printed no more": "该证明已撤销，不能再打印",
    "the name or document of the volunteer is not what was certified: revoke this proof and issue it anew": (
        "志愿者的姓名或证件已变更，请撤销后重新出具"
    ),
    "a proof has at most {n} rows: certify a shorter period": "一份证明最多 {n} 条，请缩短期间",
    "a session is certified once in a proof: open the list anew": "同一服务在证明中只能出现一次，请重新打开列表",
    "these characters cannot be printed: {characters}. Write them otherwise": (
        "这些字无法打印：{characters}，请换一种写法"
    ),
    "the service of {day} has no minutes that count": "{day} 的服务没有有效时数",
    "the service of {day} is disputed: wait for the decision": "{day} 的服务有异议，请等待处理结果",
    "the service of {day} is on public notice for {n} days": "{day} 的服务还在 {n} 天公示期内",
    "the service of {day} was for another organisation, which certifies it": "{day} 的服务属于其他组织，由该组织出具",
    # Places, accounts and what any command may say
    "the device {no} is {not_or_empty}directed already": "设备 {no} 的方向设置与所选相同",
    "the device {no} is not registered": "设备 {no} 没有登记",
    "a device cannot hold fewer than {n} taps": "设备暂存的打卡数不能小于 {n}",
    "who acts here has no account": "当前操作人没有账号",
    "this is the only {role}: grant the role to another person first": "这是唯一的此类管理员，请先授予另一人",
    "this is not your own sign-in": "这不是您自己的登录",
    "there is no {what} {key}": "没有这条记录：{key}",
    "{field} {value} is not known; use one of {values}": "{value} 不是可用的值",
    "{kind} is no kind of area: write {names} or {last}": "{kind} 不是区划类别，请填写 {names} 或 {last}",
    "the area {code} is there already, called {name}": "区划 {code} 已登记，名称为 {name}",
    "the code of a {kind} has {n} digits": "该类区划的代码为 {n} 位数字",
    "a district lies in no other area: leave this empty": "区县没有上级区划，请留空",
    "a {kind} lies in a {above}: give the code of one": "请填写上级区划的代码",
}
