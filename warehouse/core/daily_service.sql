SELECT
    volunteer_id,
    service_day,
    service_week,
    service_month,
    hour_kind,
    category_code,
    site_id,
    organisation_id,
    district_code,
    CAST(SUM(minutes) AS BIGINT) AS minutes,
    CAST(SUM(granted_minutes) AS BIGINT) AS granted_minutes,
    CAST(SUM(review_minutes) AS BIGINT) AS review_minutes,
    COUNT(*) AS session_count,
    COUNT(DISTINCT COALESCE(shift_id, -site_id)) AS attendance_count
FROM core.counted_sessions
GROUP BY
    volunteer_id, service_day, service_week, service_month, hour_kind, category_code, site_id, organisation_id,
    district_code
