WITH rejected AS (
    SELECT
        received_day,
        COALESCE(CAST(tapped_at + INTERVAL '8' HOUR AS DATE), received_day) AS tapped_on,
        reason,
        COALESCE(device_no, '') AS device_no,
        COALESCE(card_no, '') AS card_no,
        tapped_at
    FROM raw.rejected_taps
),

counted AS (
    SELECT
        received_day, tapped_on, reason, device_no, card_no,
        COUNT(*) AS taps,
        MIN(tapped_at) AS first_tapped_at,
        MAX(tapped_at) AS last_tapped_at
    FROM rejected
    GROUP BY received_day, tapped_on, reason, device_no, card_no
)

SELECT
    c.received_day,
    c.tapped_on,
    c.reason,
    c.device_no,
    c.card_no,
    d.site_id,
    s.name AS site_name,
    s.district_code,
    s.township_code,
    c.taps,
    c.first_tapped_at,
    c.last_tapped_at
FROM counted AS c
LEFT JOIN raw.devices AS d ON d.device_no = c.device_no
LEFT JOIN raw.sites AS s ON s.site_id = d.site_id
