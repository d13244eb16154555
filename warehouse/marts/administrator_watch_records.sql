WITH found AS (
    SELECT pattern, found_on, organisation_id, person_id, other_person_id, threshold
    FROM marts.administrator_watch
),

behind AS (
    SELECT f.pattern, f.found_on, f.organisation_id, f.person_id, f.other_person_id, e.record_id
    FROM found AS f
    JOIN core.honour_entries AS e
        ON e.organisation_id = f.organisation_id AND e.entered_by = f.person_id AND e.entered_on = f.found_on
    WHERE f.pattern = 'typed_minutes'
        OR (f.pattern = 'soon_after_creation' AND e.is_soon)
        OR (f.pattern = 'self_granted' AND e.is_self_granted)
        OR (f.pattern = 'batch_in_minute' AND e.records_in_minute >= f.threshold)
    UNION ALL
    SELECT f.pattern, f.found_on, f.organisation_id, f.person_id, f.other_person_id, e.record_id
    FROM found AS f
    JOIN core.honour_entries AS e
        ON e.organisation_id = f.organisation_id AND e.decided_by = f.person_id AND e.decided_on = f.found_on
    WHERE f.pattern = 'quick_approval' AND e.is_quick
    UNION ALL
    SELECT f.pattern, f.found_on, f.organisation_id, f.person_id, f.other_person_id, e.record_id
    FROM found AS f
    JOIN core.honour_entries AS e
        ON e.organisation_id = f.organisation_id
        AND CAST(DATE_TRUNC('month', e.decided_on) AS DATE) = f.found_on
        AND (
            (e.entered_by = f.person_id AND e.decided_by = f.other_person_id)
            OR (e.entered_by = f.other_person_id AND e.decided_by = f.person_id)
        )
    WHERE f.pattern = 'mutual_approval' AND e.decision = 'approved'
    UNION ALL
    SELECT f.pattern, f.found_on, f.organisation_id, f.person_id, f.other_person_id, e.record_id
    FROM found AS f
    JOIN core.honour_entries AS e ON e.organisation_id = f.organisation_id AND e.service_month = f.found_on
    WHERE f.pattern = 'honour_ratio' AND e.net_minutes > 0
)

SELECT
    b.pattern,
    b.found_on,
    b.organisation_id,
    b.person_id,
    b.other_person_id,
    b.record_id,
    e.session_id,
    e.volunteer_id,
    v.volunteer_no,
    v.district_code,
    e.activity_id,
    a.title,
    e.service_day,
    e.minutes,
    e.net_minutes,
    e.verdict,
    e.entered_by,
    e.entered_at,
    e.seconds_after_creation,
    e.records_in_minute,
    e.decision,
    e.decided_by,
    e.decided_at,
    e.decision_seconds
FROM behind AS b
JOIN core.honour_entries AS e ON e.record_id = b.record_id
LEFT JOIN raw.volunteers AS v ON v.volunteer_id = e.volunteer_id
LEFT JOIN raw.activities AS a ON a.activity_id = e.activity_id
