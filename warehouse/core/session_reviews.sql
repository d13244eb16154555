WITH waiting_days AS (
    SELECT DISTINCT volunteer_id, service_day
    FROM core.sessions
    WHERE review_minutes > 0
),

-- Time-keeping, section 7: the day's net minutes add up in this order, and ceilings are met on the way.
running AS (
    SELECT
        s.session_id,
        s.volunteer_id,
        s.service_day,
        s.net_minutes,
        s.settled_minutes,
        s.review_minutes,
        SUM(s.net_minutes) OVER (
            PARTITION BY s.volunteer_id, s.service_day
            ORDER BY
                s.hour_kind,
                CASE WHEN s.in_at IS NULL THEN 1 ELSE 0 END,
                s.in_at,
                CASE WHEN s.channel = 'HONOUR' THEN CAST(s.opening_event_id AS BIGINT) ELSE 0 END,
                s.channel,
                s.out_at,
                s.session_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS minutes_after
    FROM core.sessions AS s
    JOIN waiting_days AS d ON d.volunteer_id = s.volunteer_id AND d.service_day = s.service_day
    WHERE s.verdict = 'counted'
),

-- What of the session lies below the organisation's ceiling and was not settled waits for the organisation.
below AS (
    SELECT
        r.session_id,
        r.volunteer_id,
        r.service_day,
        r.review_minutes,
        r.settled_minutes,
        CASE
            WHEN r.minutes_after <= c.value THEN r.net_minutes
            WHEN r.minutes_after - r.net_minutes >= c.value THEN 0
            ELSE c.value - (r.minutes_after - r.net_minutes)
        END AS minutes_below
    FROM running AS r
    JOIN reference.timekeeping_rules AS c
        ON c.rule = 'organisation_review_up_to'
        AND r.service_day >= c.valid_from
        AND (c.valid_to IS NULL OR r.service_day < c.valid_to)
    WHERE r.review_minutes > 0
),

levels AS (
    SELECT
        session_id, volunteer_id, service_day, 'organisation' AS level,
        minutes_below - settled_minutes AS review_minutes
    FROM below
    UNION ALL
    SELECT
        session_id, volunteer_id, service_day, 'city',
        review_minutes - (minutes_below - settled_minutes)
    FROM below
),

-- Whom it was served for, as core.counted_sessions says it.
served AS (
    SELECT
        s.session_id,
        s.service_day,
        COALESCE(h.organisation_id, r.organisation_id, p.organisation_id, 0) AS organisation_id
    FROM core.sessions AS s
    LEFT JOIN core.shifts AS h ON h.shift_id = s.shift_id
    LEFT JOIN raw.honour_records AS r
        ON r.record_id = CASE WHEN s.channel = 'HONOUR' THEN CAST(s.opening_event_id AS BIGINT) END
    LEFT JOIN raw.sites AS p ON p.site_id = s.site_id
    WHERE s.review_minutes > 0
),

-- A decision says for which organisation's session it was made, and permission was asked there: for a session of
-- another one it is none, whatever its author was shown.
ranked AS (
    SELECT
        d.session_id, d.volunteer_id, d.service_day, d.level, d.decision_id, d.minutes_in_review,
        d.minutes_granted, d.decided_at,
        ROW_NUMBER() OVER (
            PARTITION BY d.session_id, d.volunteer_id, d.service_day, d.level ORDER BY d.decision_id DESC
        ) AS from_last
    FROM raw.review_decisions AS d
    JOIN served AS o
        ON o.session_id = d.session_id
        AND o.service_day = d.service_day
        AND o.organisation_id = COALESCE(d.organisation_id, 0)
),

decided AS (
    SELECT
        l.session_id,
        l.level,
        l.volunteer_id,
        l.service_day,
        CAST(l.review_minutes AS BIGINT) AS review_minutes,
        d.decision_id,
        d.minutes_in_review,
        d.decided_at,
        -- Never more than was granted, and never more than is in review now.
        CASE
            WHEN d.decision_id IS NULL THEN 0
            WHEN d.minutes_granted < l.review_minutes THEN d.minutes_granted
            ELSE l.review_minutes
        END AS granted_minutes
    FROM levels AS l
    LEFT JOIN ranked AS d
        ON d.session_id = l.session_id
        AND d.volunteer_id = l.volunteer_id
        AND d.service_day = l.service_day
        AND d.level = l.level
        AND d.from_last = 1
    WHERE l.review_minutes > 0
)

SELECT
    session_id,
    level,
    volunteer_id,
    service_day,
    review_minutes,
    CAST(granted_minutes AS BIGINT) AS granted_minutes,
    CAST(
        CASE
            WHEN decision_id IS NULL THEN review_minutes
            WHEN minutes_in_review < review_minutes THEN review_minutes - minutes_in_review
            ELSE 0
        END AS BIGINT
    ) AS waiting_minutes,
    CASE
        WHEN decision_id IS NULL THEN 'waiting'
        WHEN minutes_in_review <> review_minutes THEN 'changed'
        ELSE 'decided'
    END AS state,
    decision_id,
    decided_at
FROM decided
