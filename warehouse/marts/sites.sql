WITH clock AS (
    SELECT as_of_at, CAST(as_of_at + INTERVAL '8' HOUR AS DATE) AS as_of_day
    FROM marts.data_clock
),

devices_in_use AS (
    SELECT d.site_id, COUNT(*) AS device_count
    FROM raw.devices AS d
    CROSS JOIN clock AS c
    WHERE d.retired_at IS NULL OR d.retired_at > c.as_of_at
    GROUP BY d.site_id
)

SELECT
    s.site_id,
    s.name,
    s.kind,
    s.district_code,
    d.name AS district_name,
    s.township_code,
    s.community_code,
    c.name AS community_name,
    s.lon,
    s.lat,
    s.radius_m,
    COALESCE(u.device_count, 0) AS device_count
FROM raw.sites AS s
CROSS JOIN clock AS k
LEFT JOIN raw.areas AS d ON d.area_code = s.district_code
LEFT JOIN raw.areas AS c ON c.area_code = s.community_code
LEFT JOIN devices_in_use AS u ON u.site_id = s.site_id
WHERE s.closed_on IS NULL OR s.closed_on > k.as_of_day
