WITH served AS (
    SELECT service_month, district_code, category_code, volunteer_id, activity_id, hour_kind, minutes
    FROM core.counted_sessions
    WHERE district_code <> ''
    UNION ALL
    SELECT service_month, district_code, '', volunteer_id, activity_id, hour_kind, minutes
    FROM core.counted_sessions
    WHERE district_code <> ''
    UNION ALL
    SELECT service_month, '', category_code, volunteer_id, activity_id, hour_kind, minutes
    FROM core.counted_sessions
    UNION ALL
    SELECT service_month, '', '', volunteer_id, activity_id, hour_kind, minutes
    FROM core.counted_sessions
)

SELECT
    service_month,
    district_code,
    category_code,
    COUNT(DISTINCT volunteer_id) AS people,
    CAST(SUM(minutes) AS BIGINT) AS minutes,
    CAST(SUM(CASE WHEN hour_kind = 'credit' THEN minutes ELSE 0 END) AS BIGINT) AS credit_minutes,
    CAST(SUM(CASE WHEN hour_kind = 'honour' THEN minutes ELSE 0 END) AS BIGINT) AS honour_minutes,
    COUNT(*) AS sessions,
    COUNT(DISTINCT activity_id) AS activities
FROM served
GROUP BY service_month, district_code, category_code
