SELECT
    s.session_id,
    s.volunteer_id,
    s.service_day,
    s.channel,
    s.hour_kind,
    COALESCE(c.organisation_id, h.organisation_id, r.organisation_id, p.organisation_id, 0) AS organisation_id,
    s.shift_id,
    COALESCE(c.activity_id, h.activity_id) AS activity_id,
    COALESCE(c.site_id, s.site_id, h.site_id, 0) AS site_id,
    s.in_at,
    s.out_at,
    s.verdict,
    COALESCE(c.minutes, 0) AS minutes,
    COALESCE(c.review_minutes, 0) AS review_minutes,
    n.final_on,
    f.dispute_id,
    s.opening_event_id,
    s.closing_event_id,
    w.cents_per_hour,
    w.coefficient_percent,
    w.rated_cents,
    w.day_cap_cents,
    w.month_cap_cents,
    w.amount_cents
FROM core.sessions AS s
LEFT JOIN core.counted_sessions AS c ON c.session_id = s.session_id AND c.service_day = s.service_day
LEFT JOIN core.shifts AS h ON h.shift_id = s.shift_id
LEFT JOIN raw.honour_records AS r
    ON r.record_id = CASE WHEN s.channel = 'HONOUR' THEN CAST(s.opening_event_id AS BIGINT) END
LEFT JOIN raw.sites AS p ON p.site_id = s.site_id
LEFT JOIN core.notice_ends AS n ON n.service_day = s.service_day
LEFT JOIN core.frozen_sessions AS f ON f.session_id = s.session_id AND f.service_day = s.service_day
LEFT JOIN core.point_awards AS w ON w.session_id = s.session_id AND w.service_day = s.service_day
