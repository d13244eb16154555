WITH sessions AS (
    SELECT
        service_month, service_day, volunteer_id, minutes, amount_cents, final_on, day_cap_cents, month_cap_cents,
        minutes * cents_per_hour * coefficient_percent AS amount_6000ths
    FROM core.point_awards
),

-- The caps once more, another way than the awards took: by what a day and a month add up to.
days AS (
    SELECT
        service_month,
        volunteer_id,
        service_day,
        SUM(minutes) AS minutes,
        SUM(CAST((amount_6000ths - amount_6000ths % 6000) / 6000 AS BIGINT)) AS rated_cents,
        MIN(day_cap_cents) AS day_cap_cents,
        MIN(month_cap_cents) AS month_cap_cents
    FROM sessions
    GROUP BY service_month, volunteer_id, service_day
),

months AS (
    SELECT
        service_month,
        volunteer_id,
        SUM(minutes) AS minutes,
        SUM(rated_cents) AS rated_cents,
        SUM(CASE WHEN rated_cents > day_cap_cents THEN day_cap_cents ELSE rated_cents END) AS within_days_cents,
        MIN(month_cap_cents) AS month_cap_cents
    FROM days
    GROUP BY service_month, volunteer_id
),

by_rule AS (
    SELECT
        service_month,
        volunteer_id,
        minutes,
        rated_cents,
        CASE WHEN within_days_cents > month_cap_cents THEN month_cap_cents ELSE within_days_cents END AS within_caps_cents
    FROM months
),

posted AS (
    SELECT earned_month AS service_month, volunteer_id, award_id, SUM(amount_cents) AS ledger_cents
    FROM marts.volunteer_statement_lines
    WHERE award_id IS NOT NULL
    GROUP BY earned_month, volunteer_id, award_id
),

-- A settlement posts all awards that are final on its day: those that end their notice no later than one that was posted.
settled AS (
    SELECT a.service_month, MAX(a.final_on) AS final_by
    FROM core.point_awards AS a
    JOIN posted AS p ON p.award_id = a.award_id AND p.service_month = a.service_month
    WHERE p.ledger_cents > 0
    GROUP BY a.service_month
),

awarded AS (
    SELECT
        s.service_month,
        s.volunteer_id,
        SUM(s.amount_cents) AS awarded_cents,
        SUM(CASE WHEN s.final_on <= f.final_by THEN s.amount_cents ELSE 0 END) AS final_cents
    FROM sessions AS s
    LEFT JOIN settled AS f ON f.service_month = s.service_month
    GROUP BY s.service_month, s.volunteer_id
),

sides AS (
    SELECT service_month, volunteer_id, minutes, rated_cents, rated_cents - within_caps_cents AS capped_cents,
        0 AS awarded_cents, 0 AS final_cents, 0 AS ledger_cents
    FROM by_rule
    UNION ALL
    SELECT service_month, volunteer_id, 0, 0, 0, awarded_cents, final_cents, 0 FROM awarded
    UNION ALL
    SELECT service_month, volunteer_id, 0, 0, 0, 0, 0, ledger_cents FROM posted
)

SELECT
    s.service_month,
    COALESCE(v.district_code, '') AS district_code,
    CAST(SUM(s.minutes) AS BIGINT) AS minutes,
    CAST(SUM(s.rated_cents) AS BIGINT) AS rated_cents,
    CAST(SUM(s.capped_cents) AS BIGINT) AS capped_cents,
    CAST(SUM(s.awarded_cents) AS BIGINT) AS awarded_cents,
    CAST(SUM(s.awarded_cents - s.final_cents) AS BIGINT) AS pending_cents,
    CAST(SUM(s.final_cents) AS BIGINT) AS final_cents,
    CAST(SUM(s.ledger_cents) AS BIGINT) AS ledger_cents
FROM sides AS s
LEFT JOIN raw.volunteers AS v ON v.volunteer_id = s.volunteer_id
GROUP BY s.service_month, COALESCE(v.district_code, '')
