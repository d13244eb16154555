SELECT
    volunteer_id,
    DATE '1970-01-01' AS since_on,
    hour_kind,
    organisation_id,
    district_code,
    CAST(SUM(minutes) AS BIGINT) AS minutes,
    CAST(SUM(session_count) AS BIGINT) AS session_count
FROM core.yearly_service
GROUP BY volunteer_id, hour_kind, organisation_id, district_code
