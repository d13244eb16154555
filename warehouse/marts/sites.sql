WITH devices_in_use AS (
    SELECT site_id, COUNT(*) AS device_count
    FROM raw.devices
    WHERE retired_at IS NULL
    GROUP BY site_id
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
LEFT JOIN raw.areas AS d ON d.area_code = s.district_code
LEFT JOIN raw.areas AS c ON c.area_code = s.community_code
LEFT JOIN devices_in_use AS u ON u.site_id = s.site_id
WHERE s.closed_on IS NULL
