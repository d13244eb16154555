WITH sessions AS (
    SELECT CAST(opening_event_id AS BIGINT) AS record_id, session_id, verdict, net_minutes
    FROM core.sessions
    WHERE channel = 'HONOUR'
),

self_granted AS (
    SELECT DISTINCT session_id
    FROM core.session_flags
    WHERE flag = 'self_granted' AND session_id IS NOT NULL
),

decisions AS (
    SELECT
        record_id, decision, decided_by, decided_at,
        ROW_NUMBER() OVER (PARTITION BY record_id ORDER BY approval_id DESC) AS from_last
    FROM raw.honour_approvals
),

entries AS (
    SELECT
        r.record_id, r.volunteer_id, r.organisation_id, r.shift_id, h.activity_id, r.service_day, r.minutes,
        r.entered_by, r.entered_at, CAST(r.entered_at + INTERVAL '8' HOUR AS DATE) AS entered_on,
        DATE_DIFF('second', TIMESTAMP '1970-01-01 00:00:00', r.entered_at) AS entered_second,
        DATE_DIFF('second', a.created_at, r.entered_at) AS seconds_after_creation,
        d.decision, d.decided_by, d.decided_at, CAST(d.decided_at + INTERVAL '8' HOUR AS DATE) AS decided_on,
        DATE_DIFF('second', r.entered_at, d.decided_at) AS decision_seconds
    FROM raw.honour_records AS r
    LEFT JOIN decisions AS d ON d.record_id = r.record_id AND d.from_last = 1
    LEFT JOIN raw.shifts AS h ON h.shift_id = r.shift_id
    LEFT JOIN raw.activities AS a ON a.activity_id = h.activity_id
),

-- Records of the same person within the minute that ends with this one; then the fullest minute that this one is in.
minutes_that_end AS (
    SELECT
        record_id, entered_by, entered_second,
        COUNT(*) OVER (
            PARTITION BY entered_by ORDER BY entered_second RANGE BETWEEN 59 PRECEDING AND CURRENT ROW
        ) AS records
    FROM entries
),

fullest_minutes AS (
    SELECT
        record_id,
        MAX(records) OVER (
            PARTITION BY entered_by ORDER BY entered_second RANGE BETWEEN CURRENT ROW AND 59 FOLLOWING
        ) AS records_in_minute
    FROM minutes_that_end
),

spans AS (
    SELECT
        rule,
        CASE WHEN unit = 'minute' THEN value * 60 ELSE value END AS seconds,
        valid_from,
        valid_to
    FROM reference.administrator_rules
    WHERE rule IN ('soon_after_creation', 'quick_approval')
)

SELECT
    e.record_id,
    s.session_id,
    e.volunteer_id,
    e.organisation_id,
    o.district_code,
    o.township_code,
    e.shift_id,
    e.activity_id,
    e.service_day,
    CAST(DATE_TRUNC('month', e.service_day) AS DATE) AS service_month,
    e.minutes,
    CAST(CASE WHEN s.verdict = 'counted' THEN s.net_minutes ELSE 0 END AS BIGINT) AS net_minutes,
    s.verdict,
    e.entered_by,
    e.entered_at,
    e.entered_on,
    e.seconds_after_creation,
    COALESCE(e.seconds_after_creation < soon.seconds, FALSE) AS is_soon,
    f.records_in_minute,
    g.session_id IS NOT NULL AS is_self_granted,
    e.decision,
    e.decided_by,
    e.decided_at,
    e.decided_on,
    e.decision_seconds,
    COALESCE(e.decision = 'approved' AND e.decision_seconds < quick.seconds, FALSE) AS is_quick
FROM entries AS e
JOIN fullest_minutes AS f ON f.record_id = e.record_id
LEFT JOIN sessions AS s ON s.record_id = e.record_id
LEFT JOIN self_granted AS g ON g.session_id = s.session_id
LEFT JOIN raw.organisations AS o ON o.organisation_id = e.organisation_id
LEFT JOIN spans AS soon
    ON soon.rule = 'soon_after_creation'
    AND e.entered_on >= soon.valid_from
    AND (soon.valid_to IS NULL OR e.entered_on < soon.valid_to)
LEFT JOIN spans AS quick
    ON quick.rule = 'quick_approval'
    AND e.decided_on >= quick.valid_from
    AND (quick.valid_to IS NULL OR e.decided_on < quick.valid_to)
