WITH running AS (
    SELECT h.shift_id, h.activity_id, h.starts_at, h.ends_at, h.capacity, c.as_of_at
    FROM raw.shifts AS h
    CROSS JOIN marts.data_clock AS c
    WHERE h.starts_at <= c.as_of_at AND h.ends_at > c.as_of_at AND h.cancelled_at IS NULL
),

confirmed AS (
    SELECT u.shift_id, COUNT(*) AS signed_up
    FROM raw.sign_ups AS u
    JOIN running AS r ON r.shift_id = u.shift_id
    WHERE u.status = 'confirmed'
    GROUP BY u.shift_id
)

SELECT
    r.shift_id,
    s.site_id,
    r.activity_id,
    a.title,
    a.category_code,
    o.name AS organisation_name,
    r.starts_at,
    r.ends_at,
    r.capacity,
    COALESCE(u.signed_up, 0) AS signed_up,
    s.lon,
    s.lat,
    s.district_code,
    r.as_of_at
FROM running AS r
JOIN raw.activities AS a ON a.activity_id = r.activity_id
JOIN raw.shift_sites AS p ON p.shift_id = r.shift_id
JOIN raw.sites AS s ON s.site_id = p.site_id
LEFT JOIN raw.organisations AS o ON o.organisation_id = a.organisation_id
LEFT JOIN confirmed AS u ON u.shift_id = r.shift_id
WHERE a.status NOT IN ('draft', 'submitted', 'returned', 'cancelled')
