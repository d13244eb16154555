WITH months AS (
    SELECT
        organisation_id, service_month,
        SUM(CASE WHEN hour_kind = 'honour' THEN minutes ELSE 0 END) AS honour_minutes,
        SUM(CASE WHEN hour_kind = 'credit' THEN minutes ELSE 0 END) AS credit_minutes
    FROM core.monthly_service
    WHERE organisation_id <> 0
    GROUP BY organisation_id, service_month
)

SELECT
    m.organisation_id,
    m.service_month,
    o.name AS organisation_name,
    o.district_code,
    o.township_code,
    CAST(m.honour_minutes AS BIGINT) AS honour_minutes,
    CAST(m.credit_minutes AS BIGINT) AS credit_minutes
FROM months AS m
LEFT JOIN raw.organisations AS o ON o.organisation_id = m.organisation_id
