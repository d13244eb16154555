WITH arrivals AS (
    SELECT MAX(last_received_at) AS arrived_at FROM core.device_days
    UNION ALL
    SELECT MAX(received_at) FROM raw.check_ins
    UNION ALL
    SELECT MAX(entered_at) FROM raw.honour_records
),

days AS (
    SELECT MIN(service_day) AS first_service_day, MAX(service_day) AS last_service_day
    FROM core.daily_service
)

SELECT
    -- Before the first arrival the clock stands at the beginning of time.
    COALESCE(MAX(a.arrived_at), TIMESTAMP '1970-01-01 00:00:00') AS as_of_at,
    d.first_service_day,
    d.last_service_day
FROM arrivals AS a
CROSS JOIN days AS d
GROUP BY d.first_service_day, d.last_service_day
