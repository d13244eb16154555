WITH moved AS (
    SELECT
        l.period,
        COALESCE(v.district_code, '') AS district_code,
        CASE WHEN l.other_kind = 'shop' THEN l.other_code ELSE l.other_kind END AS redeemed_at,
        l.volunteer_id,
        l.movement,
        l.amount_cents
    FROM marts.volunteer_statement_lines AS l
    LEFT JOIN raw.volunteers AS v ON v.volunteer_id = l.volunteer_id
    WHERE l.movement IN ('spent', 'refunded')
),

counted AS (
    SELECT * FROM moved WHERE district_code <> ''
    UNION ALL
    SELECT period, district_code, '', volunteer_id, movement, amount_cents FROM moved WHERE district_code <> ''
    UNION ALL
    SELECT period, '', redeemed_at, volunteer_id, movement, amount_cents FROM moved
    UNION ALL
    SELECT period, '', '', volunteer_id, movement, amount_cents FROM moved
)

SELECT
    period,
    district_code,
    redeemed_at,
    COUNT(DISTINCT CASE WHEN movement = 'spent' THEN volunteer_id END) AS people,
    CAST(SUM(CASE WHEN movement = 'spent' THEN 1 ELSE 0 END) AS BIGINT) AS redemption_count,
    CAST(SUM(CASE WHEN movement = 'spent' THEN amount_cents ELSE 0 END) AS BIGINT) AS spent_cents,
    CAST(SUM(CASE WHEN movement = 'refunded' THEN amount_cents ELSE 0 END) AS BIGINT) AS refunded_cents
FROM counted
GROUP BY period, district_code, redeemed_at
