"""The pages of accounts with their roles, of the audit log, and what waits for somebody."""

TEXTS: dict[str, tuple[str, str]] = {
    "page.accounts": ("人员与角色", "People and roles"),
    "page.accounts.about": (
        "谁可以登录、以什么身份办理。系统管理员建账号，安全管理员授权，审计管理员监督，三者必须是不同的人。",
        "Who may sign in, and as what. System, security and audit administration are three different people.",
    ),
    "page.audit_log": ("审计日志", "Audit log"),
    "page.audit_log.about": (
        "每一次办理、登录、查看身份和导出：谁、何时、以何身份、对什么、为什么、改了什么。只能查看，不能修改。",
        "Every command, sign-in, look at an identity and list taken away: who, when, as what, why, what changed.",
    ),
    "page.to_do": ("待办", "To do"),
    "page.to_do.about": (
        "等您办理的事项；超过 {days} 天未办的列为超期。",
        "What waits for you; what has waited for more than {days} days is overdue.",
    ),
    # Accounts
    "column.sign_in_name": ("账号", "Sign-in name"),
    "column.full_name": ("姓名", "Name"),
    "column.account_state": ("状态", "State"),
    "column.created_at": ("建立时间", "Made"),
    "column.last_sign_in_at": ("最近登录", "Last sign-in"),
    "column.area": ("管理范围", "Area"),
    "column.granted_at": ("授予时间", "Granted"),
    "column.withdrawn_at": ("撤销时间", "Withdrawn"),
    "column.volunteer_no": ("志愿者编号", "Volunteer number"),
    "column.id_number": ("身份证号", "Identity number"),
    "column.oidc_subject": ("统一身份标识", "Subject at the provider"),
    "column.has_password": ("可用密码登录", "Has a password"),
    "account.state.active": ("正常", "Active"),
    "account.state.locked": ("已锁定", "Locked"),
    "account.state.disabled": ("已停用", "Disabled"),
    "accounts.search": ("账号或姓名的开头", "Beginning of sign-in name or name"),
    "accounts.create": ("新建账号", "New account"),
    "accounts.create.about": (
        "身份证号或志愿者编号用来确认账号属于谁；担任系统、安全、审计管理员的必须填写其一。",
        "Identity number or volunteer number say whose the account is; the three administrations need one of them.",
    ),
    "accounts.created": ("账号 {name} 已建立", "The account {name} is made"),
    "accounts.password": (
        "首次登录密码（只显示这一次，请当面交给本人）：",
        "Password for the first sign-in (shown this once; hand it over in person):",
    ),
    "accounts.password_noted": ("已记下", "Noted"),
    "accounts.has_password": ("可用密码登录", "May sign in by password"),
    "accounts.disable": ("停用账号", "Disable account"),
    "accounts.disabled": ("账号已停用，其登录已全部退出。", "Disabled; all its stays have ended."),
    "accounts.enable": ("启用 / 解锁账号", "Enable or unlock account"),
    "accounts.enabled": ("账号已启用。", "Enabled."),
    "accounts.reset": ("重设密码", "Reset password"),
    "accounts.update": ("修改账号信息", "Change account"),
    "accounts.updated": ("账号信息已修改。", "Changed."),
    "accounts.roles": ("角色", "Roles"),
    "accounts.no_roles": ("尚未授予任何角色。", "No role was granted yet."),
    "accounts.roles.organisations": (
        "组织管理员不在此授权：在“组织”页任命，免职后立即失效。",
        "Administrators of organisations are appointed on the page of organisations, and lose the role when dismissed.",
    ),
    "accounts.grant": ("授予角色", "Grant role"),
    "accounts.granted": ("角色已授予。", "Granted."),
    "accounts.withdraw": ("撤销角色", "Withdraw role"),
    "accounts.withdrawn": ("角色已撤销，立即生效。", "Withdrawn, at once."),
    "accounts.role": ("角色", "Role"),
    "accounts.area": ("管理范围", "Area"),
    "accounts.area.none": ("全市（无需选择）", "Everywhere (nothing to choose)"),
    "accounts.area.city": ("全市", "Whole city"),
    # Audit log
    "audit.search": ("操作人账号的开头", "Beginning of the sign-in name"),
    "audit.actions": ("操作", "Action"),
    "audit.days": ("日期", "Days"),
    "audit.entry": ("日志 {number}", "Entry {number}"),
    "audit.before": ("变更前", "Before"),
    "audit.after": ("变更后", "After"),
    # To do
    "to_do.nothing": ("没有等您办理的事项。", "Nothing waits for you."),
    "to_do.waiting": ("待办", "Waiting"),
    "to_do.overdue": ("超期", "Overdue"),
    "to_do.oldest": ("最久已等", "Longest"),
    "to_do.days": ("{n} 天", "{n} days"),
    "to_do.hours": ("{n} 小时", "{n} h"),
    "to_do.open": ("去办理", "Go"),
    "to_do.kind": ("事项", "What"),
    "to_do.title": ("内容", "Which"),
    "to_do.since": ("提交时间", "Since"),
    "to_do.waits": ("已等", "Waits for"),
    "to_do.is_overdue": ("是否超期", "Overdue"),
    "to_do.count": ("{n} 件", "{n}"),
    "to_do.count_capped": ("超过 {n} 件", "over {n}"),
    "to_do.longest_first": ("最久未办的在前，最多显示 {n} 件。", "The longest waiting first, {n} at most."),
    "to_do.accounts_without_role": ("待授权的账号", "Accounts without a role"),
    "to_do.locked_accounts": ("已锁定的账号", "Locked accounts"),
}

REFUSALS: dict[str, str] = {
    "without a password the account needs a subject to sign in by": "不设密码的账号须填写统一身份标识",
    "the sign-in name {name} is taken": "账号 {name} 已被使用",
    "another account has this subject": "该统一身份标识已用于其他账号",
    "a sign-in name has 3 to 60 signs: letters a to z, digits, and . _ - @ after the first": (
        "账号为 3 至 60 个字符：小写字母、数字，首字符之后可用 . _ - @"
    ),
    "there is no volunteer {number}": "没有编号为 {number} 的志愿者",
    "{name} is disabled already": "{name} 已停用",
    "{name} is disabled: enable it first": "{name} 已停用，请先启用",
    "{name} is neither disabled nor locked": "{name} 没有停用或锁定",
    "nobody disables their own account: ask another system administrator": "不能停用自己的账号，请另一位系统管理员办理",
    "change your own password instead": "自己的密码请用“修改密码”",
    "this account has no password, and needs a subject to sign in by": "该账号没有密码，必须保留统一身份标识",
    "who administers an organisation is appointed there, among its members": "组织管理员请在组织的成员中任命",
    "{name} holds this role already": "{name} 已有这个角色",
    "nobody changes their own roles: ask another security administrator": (
        "不能变更自己的角色（包括自己的其他账号），请另一位安全管理员办理"
    ),
    "this role is withdrawn already": "该角色已撤销",
    "this role has no area: it holds everywhere": "该角色管理全市，无需选择范围",
    "choose the {kinds} for this role": "请为该角色选择对应的区县或街道",
    "this is the only system administrator: grant the role to another person first": (
        "这是唯一的系统管理员，请先授权给另一个人"
    ),
    "this is the only security administrator: grant the role to another person first": (
        "这是唯一的安全管理员，请先授权给另一个人"
    ),
    "the system, security and audit administrations are given to people who are known: this account says neither "
    "identity number nor volunteer": "系统、安全、审计管理员必须确认本人身份：该账号既没有身份证号也没有志愿者编号",
    "this person is {role}: system, security and audit are three people": (
        "此人已担任系统、安全、审计管理员之一；三者必须是不同的人"
    ),
}
