"""The skills that volunteers state and activities ask for, by code; what a code does not say goes into their own words.

Here: the list. Never here: who has which.
"""

from __future__ import annotations

__all__ = ["SKILLS", "TIMES"]

# code: (Chinese, English). A code stays for ever: rows refer to it.
SKILLS: dict[str, tuple[str, str]] = {
    "first_aid": ("急救", "First aid"),
    "medical": ("医疗护理", "Medical care"),
    "psychology": ("心理疏导", "Psychological support"),
    "law": ("法律咨询", "Legal advice"),
    "teaching": ("教学辅导", "Teaching"),
    "sign_language": ("手语", "Sign language"),
    "foreign_language": ("外语", "Foreign languages"),
    "dialect": ("杭州话", "The dialect of Hangzhou"),
    "guiding": ("讲解导览", "Guiding visitors"),
    "it": ("电脑与手机", "Computers and phones"),
    "repair": ("家电维修", "Repairs"),
    "hairdressing": ("理发", "Hairdressing"),
    "cooking": ("烹饪", "Cooking"),
    "driving": ("驾驶", "Driving"),
    "photography": ("摄影摄像", "Photography and film"),
    "writing": ("写作宣传", "Writing"),
    "art": ("书画", "Calligraphy and painting"),
    "performance": ("文艺表演", "Performing arts"),
    "sports": ("体育指导", "Sports coaching"),
    "rescue": ("应急救援", "Rescue"),
    "gardening": ("园艺", "Gardening"),
    "childcare": ("儿童看护", "Child care"),
    "other": ("其他", "Other"),
}

# Parts of a week in which somebody can serve.
TIMES: dict[str, tuple[str, str]] = {
    "weekday_morning": ("工作日上午", "Weekday mornings"),
    "weekday_afternoon": ("工作日下午", "Weekday afternoons"),
    "weekday_evening": ("工作日晚上", "Weekday evenings"),
    "weekend_morning": ("周末上午", "Weekend mornings"),
    "weekend_afternoon": ("周末下午", "Weekend afternoons"),
    "weekend_evening": ("周末晚上", "Weekend evenings"),
    "holiday": ("节假日", "Holidays"),
}
