WITH earning AS (
    SELECT
        s.session_id, s.volunteer_id, s.service_day, s.service_month, s.hour_kind, s.category_code, s.minutes,
        s.rule_version,
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
),

rated AS (
    SELECT
        e.*,
        -- Whole hundredths of a point, rounded down, without leaving whole numbers before the exact division.
        CAST((e.amount_6000ths - e.amount_6000ths % 6000) / 6000 AS BIGINT) AS rated_cents,
        d.cap_cents AS day_cap_cents,
        m.cap_cents AS month_cap_cents
    FROM earning AS e
    LEFT JOIN reference.point_caps AS d
        ON d.cap_period = 'day'
        AND e.service_day >= d.valid_from
        AND (d.valid_to IS NULL OR e.service_day < d.valid_to)
    -- Of a month, the cap of its first day.
    LEFT JOIN reference.point_caps AS m
        ON m.cap_period = 'month'
        AND e.service_month >= m.valid_from
        AND (m.valid_to IS NULL OR e.service_month < m.valid_to)
),

-- The session that crosses a cap gets the part below it, the sessions after it nothing.
added_up_by_day AS (
    SELECT
        r.*,
        SUM(r.rated_cents) OVER (
            PARTITION BY r.volunteer_id, r.service_day ORDER BY r.session_id
        ) AS day_cents
    FROM rated AS r
),

within_day AS (
    SELECT
        a.*,
        CASE
            WHEN a.day_cap_cents IS NULL OR a.day_cents <= a.day_cap_cents THEN a.rated_cents
            WHEN a.day_cents - a.rated_cents < a.day_cap_cents THEN a.day_cap_cents - (a.day_cents - a.rated_cents)
            ELSE 0
        END AS within_day_cents
    FROM added_up_by_day AS a
),

added_up_by_month AS (
    SELECT
        w.*,
        SUM(w.within_day_cents) OVER (
            PARTITION BY w.volunteer_id, w.service_month ORDER BY w.service_day, w.session_id
        ) AS month_cents
    FROM within_day AS w
)

SELECT
    e.session_id AS award_id,
    e.session_id,
    e.volunteer_id,
    e.service_day,
    e.service_month,
    e.hour_kind,
    e.category_code,
    e.minutes,
    e.cents_per_hour,
    e.coefficient_percent,
    e.rated_cents,
    e.day_cap_cents,
    e.month_cap_cents,
    CAST(
        CASE
            WHEN e.month_cap_cents IS NULL OR e.month_cents <= e.month_cap_cents THEN e.within_day_cents
            WHEN e.month_cents - e.within_day_cents < e.month_cap_cents
                THEN e.month_cap_cents - (e.month_cents - e.within_day_cents)
            ELSE 0
        END AS BIGINT
    ) AS amount_cents,
    e.rule_version,
    e.rate_valid_from,
    e.coefficient_valid_from,
    n.final_on
FROM added_up_by_month AS e
LEFT JOIN core.notice_ends AS n ON n.service_day = e.service_day
