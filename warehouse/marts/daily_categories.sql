WITH served AS (
    SELECT service_day, district_code, category_code, volunteer_id, activity_id, minutes
    FROM core.counted_sessions
    WHERE district_code <> ''
    UNION ALL
    SELECT service_day, '', category_code, volunteer_id, activity_id, minutes
    FROM core.counted_sessions
)

SELECT
    service_day,
    district_code,
    category_code,
    COUNT(DISTINCT volunteer_id) AS people,
    CAST(SUM(minutes) AS BIGINT) AS minutes,
    COUNT(*) AS sessions,
    COUNT(DISTINCT activity_id) AS activities
FROM served
GROUP BY service_day, district_code, category_code
