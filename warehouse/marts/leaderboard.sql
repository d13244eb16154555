WITH served AS (
    SELECT
        'week' AS period_kind, service_week AS period_start,
        volunteer_id, organisation_id, district_code, hour_kind, minutes, session_count
    FROM core.daily_service
    UNION ALL
    SELECT 'month', service_month, volunteer_id, organisation_id, district_code, hour_kind, minutes, session_count
    FROM core.monthly_service
    UNION ALL
    SELECT 'year', service_year, volunteer_id, organisation_id, district_code, hour_kind, minutes, session_count
    FROM core.yearly_service
    UNION ALL
    SELECT 'all', since_on, volunteer_id, organisation_id, district_code, hour_kind, minutes, session_count
    FROM core.lifetime_service
),

-- Public ranking asks for a consent of its own, which can be withdrawn at any time.
ranked_volunteers AS (
    SELECT v.volunteer_id, COALESCE(v.display_name, v.volunteer_no) AS name
    FROM raw.volunteers AS v
    JOIN (
        SELECT DISTINCT volunteer_id
        FROM raw.consents
        WHERE purpose = 'public_ranking' AND withdrawn_at IS NULL
    ) AS c ON c.volunteer_id = v.volunteer_id
    WHERE v.status = 'active'
),

subjects AS (
    SELECT
        s.period_kind, s.period_start, 'volunteer' AS subject_kind,
        CAST(s.volunteer_id AS VARCHAR) AS subject_id, v.name AS subject_name,
        s.volunteer_id, s.hour_kind, s.minutes, s.session_count
    FROM served AS s
    JOIN ranked_volunteers AS v ON v.volunteer_id = s.volunteer_id
    UNION ALL
    SELECT
        s.period_kind, s.period_start, 'organisation', CAST(s.organisation_id AS VARCHAR), o.name,
        s.volunteer_id, s.hour_kind, s.minutes, s.session_count
    FROM served AS s
    JOIN raw.organisations AS o ON o.organisation_id = s.organisation_id
    UNION ALL
    SELECT
        s.period_kind, s.period_start, 'district', s.district_code, a.name,
        s.volunteer_id, s.hour_kind, s.minutes, s.session_count
    FROM served AS s
    JOIN raw.areas AS a ON a.area_code = s.district_code
),

totals AS (
    SELECT
        period_kind, period_start, subject_kind, subject_id, subject_name,
        COUNT(DISTINCT volunteer_id) AS people,
        CAST(SUM(minutes) AS BIGINT) AS minutes,
        CAST(SUM(CASE WHEN hour_kind = 'credit' THEN minutes ELSE 0 END) AS BIGINT) AS credit_minutes,
        CAST(SUM(CASE WHEN hour_kind = 'honour' THEN minutes ELSE 0 END) AS BIGINT) AS honour_minutes,
        CAST(SUM(session_count) AS BIGINT) AS sessions
    FROM subjects
    GROUP BY period_kind, period_start, subject_kind, subject_id, subject_name
)

SELECT
    period_kind,
    period_start,
    subject_kind,
    subject_id,
    subject_name,
    RANK() OVER (PARTITION BY period_kind, period_start, subject_kind ORDER BY minutes DESC) AS rank,
    people,
    minutes,
    credit_minutes,
    honour_minutes,
    sessions
FROM totals
WHERE minutes > 0
