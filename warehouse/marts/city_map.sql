WITH placed AS (
    SELECT service_day, 'city' AS place_level, 'city' AS place_code, volunteer_id, activity_id, minutes
    FROM core.counted_sessions
    UNION ALL
    SELECT service_day, 'district', district_code, volunteer_id, activity_id, minutes
    FROM core.counted_sessions
    WHERE district_code <> ''
    UNION ALL
    SELECT service_day, 'community', community_code, volunteer_id, activity_id, minutes
    FROM core.counted_sessions
    WHERE community_code <> ''
    UNION ALL
    SELECT service_day, 'site', CAST(site_id AS VARCHAR), volunteer_id, activity_id, minutes
    FROM core.counted_sessions
    WHERE site_id <> 0
)

SELECT
    service_day,
    place_level,
    place_code,
    COUNT(DISTINCT volunteer_id) AS people,
    CAST(SUM(minutes) AS BIGINT) AS minutes,
    COUNT(*) AS sessions,
    COUNT(DISTINCT activity_id) AS activities
FROM placed
GROUP BY service_day, place_level, place_code
