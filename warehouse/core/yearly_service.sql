SELECT
    volunteer_id,
    service_year,
    hour_kind,
    organisation_id,
    district_code,
    CAST(SUM(minutes) AS BIGINT) AS minutes,
    CAST(SUM(session_count) AS BIGINT) AS session_count
FROM core.monthly_service
GROUP BY volunteer_id, service_year, hour_kind, organisation_id, district_code
