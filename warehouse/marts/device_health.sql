WITH clock AS (
    SELECT as_of_at, CAST(as_of_at + INTERVAL '8' HOUR AS DATE) AS as_of_day
    FROM marts.data_clock
),

days AS (
    SELECT
        d.device_no, d.taps, d.resends, d.rejected, d.unknown_cards, d.longest_delay_seconds,
        d.last_tap_at, d.last_heartbeat_at, d.clock_offset_seconds, d.queued_taps,
        CASE WHEN DATE_DIFF('day', d.received_day, c.as_of_day) < 7 THEN 1 ELSE 0 END AS is_recent
    FROM core.device_days AS d
    CROSS JOIN clock AS c
),

seen AS (
    SELECT
        device_no,
        MAX(last_tap_at) AS last_tap_at,
        MAX(last_heartbeat_at) AS last_heartbeat_at,
        ARG_MAX(clock_offset_seconds, last_heartbeat_at) AS clock_offset_seconds,
        ARG_MAX(queued_taps, last_heartbeat_at) AS queued_taps,
        SUM(is_recent * taps) AS taps_7d,
        SUM(is_recent * resends) AS resends_7d,
        SUM(is_recent * rejected) AS rejected_7d,
        SUM(is_recent * unknown_cards) AS unknown_card_7d,
        MAX(CASE WHEN is_recent = 1 THEN longest_delay_seconds END) AS longest_delay_seconds_7d
    FROM days
    GROUP BY device_no
),

limits AS (
    SELECT
        c.as_of_at,
        MAX(CASE WHEN r.rule = 'silent_after' THEN r.value * 3600 END) AS silent_seconds,
        MAX(CASE WHEN r.rule = 'clock_offset_limit' THEN r.value * 60 END) AS offset_seconds
    FROM clock AS c
    -- Before the first arrival the clock stands before all rules, and every reader is shown all the same.
    LEFT JOIN (
        SELECT rule, value, valid_from, valid_to FROM reference.device_rules
        UNION ALL
        SELECT rule, value, valid_from, valid_to FROM reference.timekeeping_rules
    ) AS r ON c.as_of_day >= r.valid_from AND (r.valid_to IS NULL OR c.as_of_day < r.valid_to)
    GROUP BY c.as_of_at
)

SELECT
    d.device_no,
    d.site_id,
    s.name AS site_name,
    s.kind AS site_kind,
    s.district_code,
    d.model,
    CASE
        WHEN d.retired_at <= l.as_of_at THEN 'retired'
        WHEN e.last_heartbeat_at IS NULL AND e.last_tap_at IS NULL THEN 'never_seen'
        WHEN e.last_heartbeat_at IS NULL OR DATE_DIFF('second', e.last_heartbeat_at, l.as_of_at) > l.silent_seconds
            THEN 'silent'
        WHEN ABS(e.clock_offset_seconds) > l.offset_seconds THEN 'skewed'
        ELSE 'ok'
    END AS state,
    e.last_heartbeat_at,
    e.last_tap_at,
    e.clock_offset_seconds,
    e.queued_taps,
    CAST(COALESCE(e.taps_7d, 0) AS BIGINT) AS taps_7d,
    CAST(COALESCE(e.resends_7d, 0) AS BIGINT) AS resends_7d,
    CAST(COALESCE(e.rejected_7d, 0) AS BIGINT) AS rejected_7d,
    CAST(COALESCE(e.unknown_card_7d, 0) AS BIGINT) AS unknown_card_7d,
    e.longest_delay_seconds_7d,
    s.lon,
    s.lat,
    l.as_of_at
FROM raw.devices AS d
CROSS JOIN limits AS l
LEFT JOIN raw.sites AS s ON s.site_id = d.site_id
LEFT JOIN seen AS e ON e.device_no = d.device_no
