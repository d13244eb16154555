WITH disputed AS (
    SELECT s.session_id, s.volunteer_id, s.service_day, d.dispute_id, d.opened_at
    FROM raw.disputes AS d
    JOIN core.sessions AS s ON s.session_id = d.session_id AND s.volunteer_id = d.volunteer_id
    WHERE d.status = 'open' OR d.status = 'appealed'
    UNION ALL
    SELECT s.session_id, s.volunteer_id, s.service_day, d.dispute_id, d.opened_at
    FROM raw.disputes AS d
    JOIN core.sessions AS s
        ON s.opening_event_id = CAST(d.record_id AS VARCHAR) AND s.volunteer_id = d.volunteer_id
    WHERE (d.status = 'open' OR d.status = 'appealed') AND d.session_id IS NULL AND s.channel = 'HONOUR'
),

-- What was final when somebody objected stays so until it is decided.
within_notice AS (
    SELECT
        d.session_id, d.volunteer_id, d.service_day, d.dispute_id, d.opened_at,
        ROW_NUMBER() OVER (PARTITION BY d.session_id ORDER BY d.opened_at, d.dispute_id) AS from_first
    FROM disputed AS d
    LEFT JOIN core.notice_ends AS n ON n.service_day = d.service_day
    WHERE n.final_on IS NULL OR CAST(d.opened_at + INTERVAL '8' HOUR AS DATE) <= n.final_on
)

SELECT session_id, volunteer_id, service_day, dispute_id, opened_at AS frozen_at
FROM within_notice
WHERE from_first = 1
