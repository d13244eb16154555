SELECT
    r.session_id,
    r.level,
    r.volunteer_id,
    r.service_day,
    c.organisation_id,
    c.activity_id,
    c.site_id,
    c.channel,
    c.hour_kind,
    s.in_at,
    s.out_at,
    s.net_minutes,
    s.settled_minutes,
    r.review_minutes,
    r.granted_minutes,
    r.waiting_minutes,
    r.state,
    r.decision_id,
    r.decided_at
FROM core.session_reviews AS r
JOIN core.sessions AS s ON s.session_id = r.session_id AND s.service_day = r.service_day
JOIN core.counted_sessions AS c ON c.session_id = r.session_id AND c.service_day = r.service_day
