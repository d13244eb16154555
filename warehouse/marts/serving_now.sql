WITH recent AS (
    SELECT
        s.session_id, s.volunteer_id, s.site_id, s.shift_id, s.in_at, s.verdict,
        c.as_of_at,
        ROW_NUMBER() OVER (PARTITION BY s.volunteer_id ORDER BY s.in_at DESC, s.session_id DESC) AS from_last
    FROM core.sessions AS s
    CROSS JOIN marts.data_clock AS c
    JOIN reference.timekeeping_rules AS r
        ON r.rule = 'pair_within'
        AND s.service_day >= r.valid_from
        AND (r.valid_to IS NULL OR s.service_day < r.valid_to)
    WHERE s.hour_kind = 'credit'
        AND s.in_at <= c.as_of_at
        AND DATE_DIFF('second', s.in_at, c.as_of_at) <= r.value * 3600
),

-- Where somebody is at this moment is a position: to be named with it takes a consent of its own.
shown AS (
    SELECT DISTINCT volunteer_id
    FROM raw.consents
    WHERE purpose = 'position' AND withdrawn_at IS NULL
)

SELECT
    n.session_id,
    n.site_id,
    n.shift_id,
    n.volunteer_id,
    CASE WHEN v.status = 'active' AND p.volunteer_id IS NOT NULL THEN v.display_name END AS display_name,
    COALESCE(s.district_code, h.district_code, '') AS district_code,
    n.in_at,
    n.as_of_at
FROM recent AS n
LEFT JOIN raw.volunteers AS v ON v.volunteer_id = n.volunteer_id
LEFT JOIN shown AS p ON p.volunteer_id = n.volunteer_id
LEFT JOIN raw.sites AS s ON s.site_id = n.site_id
LEFT JOIN core.shifts AS h ON h.shift_id = n.shift_id
LEFT JOIN raw.shifts AS t ON t.shift_id = n.shift_id
WHERE n.from_last = 1
    AND n.verdict = 'missing_out'
    AND (t.ends_at IS NULL OR t.ends_at > n.as_of_at)
