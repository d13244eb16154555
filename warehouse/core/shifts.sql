WITH first_sites AS (
    SELECT shift_id, MIN(site_id) AS site_id
    FROM raw.shift_sites
    GROUP BY shift_id
)

SELECT
    s.shift_id,
    s.activity_id,
    a.organisation_id,
    a.category_code,
    a.district_code,
    f.site_id
FROM raw.shifts AS s
JOIN raw.activities AS a ON a.activity_id = s.activity_id
LEFT JOIN first_sites AS f ON f.shift_id = s.shift_id
