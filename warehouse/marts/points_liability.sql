SELECT
    l.earned_month,
    COALESCE(v.district_code, '') AS district_code,
    l.expires_on,
    COUNT(DISTINCT CASE WHEN l.remaining_cents > 0 THEN a.volunteer_id END) AS people,
    CAST(SUM(l.remaining_cents) AS BIGINT) AS remaining_cents,
    CAST(SUM(l.held_cents) AS BIGINT) AS held_cents,
    CAST(SUM(l.owed_cents) AS BIGINT) AS owed_cents
FROM raw.point_lots AS l
JOIN raw.point_accounts AS a ON a.account_id = l.account_id
LEFT JOIN raw.volunteers AS v ON v.volunteer_id = a.volunteer_id
GROUP BY l.earned_month, COALESCE(v.district_code, ''), l.expires_on
HAVING SUM(l.remaining_cents + l.owed_cents) > 0
