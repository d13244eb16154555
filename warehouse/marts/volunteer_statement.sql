WITH months AS (
    SELECT
        volunteer_group,
        volunteer_id,
        period,
        SUM(CASE WHEN movement = 'earned' THEN amount_cents ELSE 0 END) AS earned_cents,
        SUM(CASE WHEN movement = 'reversed' THEN amount_cents ELSE 0 END) AS reversed_cents,
        SUM(CASE WHEN movement = 'spent' THEN amount_cents ELSE 0 END) AS spent_cents,
        SUM(CASE WHEN movement = 'refunded' THEN amount_cents ELSE 0 END) AS refunded_cents,
        SUM(CASE WHEN movement = 'expired' THEN amount_cents ELSE 0 END) AS expired_cents,
        SUM(CASE WHEN movement = 'adjusted' THEN amount_cents ELSE 0 END) AS adjusted_cents,
        SUM(amount_cents) AS moved_cents
    FROM marts.volunteer_statement_lines
    GROUP BY volunteer_group, volunteer_id, period
),

running AS (
    SELECT
        m.*,
        SUM(m.moved_cents) OVER (PARTITION BY m.volunteer_id ORDER BY m.period) AS closing_cents
    FROM months AS m
)

SELECT
    r.volunteer_id,
    r.volunteer_group,
    r.period,
    COALESCE(v.district_code, '') AS district_code,
    CAST(r.closing_cents - r.moved_cents AS BIGINT) AS opening_cents,
    CAST(r.earned_cents AS BIGINT) AS earned_cents,
    CAST(r.reversed_cents AS BIGINT) AS reversed_cents,
    CAST(r.spent_cents AS BIGINT) AS spent_cents,
    CAST(r.refunded_cents AS BIGINT) AS refunded_cents,
    CAST(r.expired_cents AS BIGINT) AS expired_cents,
    CAST(r.adjusted_cents AS BIGINT) AS adjusted_cents,
    CAST(r.closing_cents AS BIGINT) AS closing_cents,
    a.balance_cents
FROM running AS r
JOIN raw.point_accounts AS a ON a.volunteer_id = r.volunteer_id
LEFT JOIN raw.volunteers AS v ON v.volunteer_id = r.volunteer_id
