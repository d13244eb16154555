WITH counted AS (
    SELECT
        session_id, volunteer_id, service_day, channel, hour_kind, shift_id, site_id,
        settled_minutes, rule_version,
        CASE WHEN channel = 'HONOUR' THEN CAST(opening_event_id AS BIGINT) END AS record_id
    FROM core.sessions
    WHERE verdict = 'counted'
),

granted AS (
    SELECT
        session_id,
        SUM(granted_minutes) AS granted_minutes,
        SUM(waiting_minutes) AS waiting_minutes
    FROM core.session_reviews
    GROUP BY session_id
),

placed AS (
    SELECT
        c.*,
        h.activity_id,
        h.category_code,
        h.district_code AS activity_district_code,
        COALESCE(h.organisation_id, r.organisation_id) AS served_organisation_id,
        COALESCE(c.site_id, h.site_id) AS served_site_id
    FROM counted AS c
    LEFT JOIN core.shifts AS h ON h.shift_id = c.shift_id
    LEFT JOIN raw.honour_records AS r ON r.record_id = c.record_id
)

SELECT
    p.session_id,
    p.volunteer_id,
    p.service_day,
    CAST(DATE_TRUNC('week', p.service_day) AS DATE) AS service_week,
    CAST(DATE_TRUNC('month', p.service_day) AS DATE) AS service_month,
    p.channel,
    p.hour_kind,
    p.shift_id,
    p.activity_id,
    COALESCE(p.served_site_id, 0) AS site_id,
    COALESCE(p.served_organisation_id, s.organisation_id, 0) AS organisation_id,
    COALESCE(p.category_code, 'convenience') AS category_code,
    COALESCE(s.district_code, p.activity_district_code, o.district_code, '') AS district_code,
    COALESCE(s.community_code, '') AS community_code,
    CAST(p.settled_minutes + COALESCE(g.granted_minutes, 0) AS BIGINT) AS minutes,
    CAST(COALESCE(g.granted_minutes, 0) AS BIGINT) AS granted_minutes,
    CAST(COALESCE(g.waiting_minutes, 0) AS BIGINT) AS review_minutes,
    p.rule_version
FROM placed AS p
LEFT JOIN granted AS g ON g.session_id = p.session_id
LEFT JOIN raw.sites AS s ON s.site_id = p.served_site_id
LEFT JOIN raw.organisations AS o ON o.organisation_id = p.served_organisation_id
