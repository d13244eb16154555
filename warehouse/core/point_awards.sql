WITH earning AS (
    SELECT
        s.session_id, s.volunteer_id, s.service_day, s.hour_kind, s.category_code, s.minutes, s.rule_version,
        r.cents_per_hour,
        r.valid_from AS rate_valid_from,
        c.coefficient_percent,
        c.valid_from AS coefficient_valid_from,
        s.minutes * r.cents_per_hour * c.coefficient_percent AS amount_6000ths
    FROM core.counted_sessions AS s
    JOIN reference.point_rates AS r
        ON r.hour_kind = s.hour_kind
        AND s.service_day >= r.valid_from
        AND (r.valid_to IS NULL OR s.service_day < r.valid_to)
    JOIN reference.categories AS c
        ON c.category_code = s.category_code
        AND s.service_day >= c.valid_from
        AND (c.valid_to IS NULL OR s.service_day < c.valid_to)
    -- What is disputed is frozen, and earns again once that is decided.
    LEFT JOIN core.frozen_sessions AS f ON f.session_id = s.session_id AND f.service_day = s.service_day
    WHERE s.minutes > 0 AND r.cents_per_hour > 0 AND f.session_id IS NULL
)

SELECT
    e.session_id AS award_id,
    e.session_id,
    e.volunteer_id,
    e.service_day,
    e.hour_kind,
    e.category_code,
    e.minutes,
    e.cents_per_hour,
    e.coefficient_percent,
    -- Whole hundredths of a point, rounded down, without leaving whole numbers before the exact division.
    CAST((e.amount_6000ths - e.amount_6000ths % 6000) / 6000 AS BIGINT) AS amount_cents,
    e.rule_version,
    e.rate_valid_from,
    e.coefficient_valid_from,
    n.final_on
FROM earning AS e
LEFT JOIN core.notice_ends AS n ON n.service_day = e.service_day
