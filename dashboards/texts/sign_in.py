"""Signing in and out, the own account, and the names of roles."""

TEXTS: dict[str, tuple[str, str]] = {
    "sign_in.title": ("登录", "Sign in"),
    "sign_in.about": ("请使用分配给您本人的账号。", "Use the account that was given to you."),
    "sign_in.name": ("账号", "Sign-in name"),
    "sign_in.password": ("密码", "Password"),
    "sign_in.submit": ("登录", "Sign in"),
    "sign_in.provider": ("统一身份认证登录", "Sign in through the city's identity provider"),
    "sign_in.forgotten": ("忘记密码？请联系系统管理员。", "Forgotten? Ask the system administrator."),
    "sign_in.wrong": (
        "账号或密码不正确，或账号已停用、已锁定。连续输错 {failures} 次会锁定 {minutes} 分钟。",
        "Name or password is not right, or the account is disabled or locked. {failures} failures in a row "
        "lock it for {minutes} minutes.",
    ),
    "sign_in.again": (
        "页面已过期，请再登录一次。",
        "This page was open for too long: please sign in once more.",
    ),
    "sign_in.away": (
        "暂时无法登录：业务数据库没有响应。请稍后再试，或联系系统管理员。",
        "Signing in is not possible now: the operational database does not answer. Try again later.",
    ),
    "sign_in.by_provider_only": (
        "本系统只能通过统一身份认证登录。",
        "This system is entered through the city's identity provider only.",
    ),
    "sign_in.needed": ("请先登录", "Please sign in"),
    "sign_in.needed.about": (
        "您尚未登录，或登录已过期（{minutes} 分钟未操作会自动退出）。",
        "You are not signed in, or your stay has ended (it ends after {minutes} idle minutes).",
    ),
    "sign_in.go": ("前往登录页", "To the sign-in page"),
    "sign_in.stranger": ("您的身份已确认，但没有本系统的账号", "You are known, but have no account here"),
    "sign_in.stranger.about": (
        "请把下面的标识交给系统管理员，由其为您开通账号。",
        "Give this identifier to the system administrator, who can make an account for you.",
    ),
    "account.menu": ("我的账号", "My account"),
    "account.acting_as": ("当前身份", "Acting as"),
    "account.no_role": ("尚未授予任何角色", "No role was granted yet"),
    "account.no_role.about": (
        "您的账号还没有角色，因此看不到任何页面。请联系安全管理员授权。",
        "Your account has no role yet, so there is nothing to see. Ask the security administrator for one.",
    ),
    "account.sign_out": ("退出登录", "Sign out"),
    "account.change_password": ("修改密码", "Change password"),
    "account.must_change": ("请先设置新密码", "Choose a new password first"),
    "account.must_change.about": (
        "这是您首次登录，或密码已到期。设置新密码后即可继续。",
        "This is your first sign-in, or your password has grown old. Choose a new one to go on.",
    ),
    "account.old_password": ("现在的密码", "Present password"),
    "account.new_password": ("新密码", "New password"),
    "account.new_password.help": (
        "至少 {least} 个字符，含大写字母、小写字母、数字、符号中的 {kinds} 种，且不含账号。",
        "At least {least} characters, {kinds} kinds of: upper case, lower case, digits, signs; not the sign-in name.",
    ),
    "account.repeat_password": ("再输入一次新密码", "New password once more"),
    "account.not_the_same": ("两次输入的新密码不一致", "The two new passwords differ"),
    "account.password_changed": (
        "密码已修改，其他设备上的登录已退出。",
        "Password changed; other stays have ended.",
    ),
    "role.city_administrator": ("市级管理员", "City administrator"),
    "role.district_administrator": ("区县管理员", "District administrator"),
    "role.township_administrator": ("街道（乡镇）管理员", "Township administrator"),
    "role.organisation_administrator": ("组织管理员", "Organisation administrator"),
    "role.system_administrator": ("系统管理员", "System administrator"),
    "role.security_administrator": ("安全管理员", "Security administrator"),
    "role.auditor": ("审计管理员", "Auditor"),
    "role.analyst": ("统计分析员", "Analyst"),
    "role.official": ("领导（只读）", "Official (read only)"),
    "role.volunteer": ("志愿者", "Volunteer"),
    "role.visitor": ("访客", "Visitor"),
    "role.device": ("读卡设备", "Card reader"),
    "role.shop_terminal": ("商店终端", "Shop terminal"),
    "role.system": ("系统", "System"),
}

REFUSALS: dict[str, str] = {
    "this is not your password": "现在的密码不正确",
    "a password has at least {n} characters": "密码至少 {n} 个字符",
    "a password has at most {n} characters": "密码最多 {n} 个字符",
    "a password holds at least {n} kinds of: upper case, lower case, digits, other signs": (
        "密码须含大写字母、小写字母、数字、符号中的至少 {n} 种"
    ),
    "a password does not hold the sign-in name": "密码中不能包含账号",
    "the new password is the old one": "新密码不能与现在的密码相同",
    "this role is not, or no longer, yours": "您不再拥有这个身份",
}
