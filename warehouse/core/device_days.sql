WITH outcomes AS (
    SELECT
        COALESCE(device_no, '') AS device_no, received_day,
        1 AS is_line, 0 AS is_tap, 0 AS is_resend, 0 AS is_rejected, 0 AS is_unknown_card,
        -- A malformed line may say any time; the data clock goes by these and never goes back.
        CASE WHEN malformed_text IS NULL THEN received_at END AS received_at,
        CAST(NULL AS TIMESTAMP) AS tapped_at, CAST(NULL AS BIGINT) AS delay_seconds
    FROM raw.swipe_lines
    UNION ALL
    SELECT device_no, received_day, 0, 1, 0, 0, 0, NULL, tapped_at, DATE_DIFF('second', tapped_at, received_at)
    FROM raw.taps
    UNION ALL
    SELECT COALESCE(device_no, ''), received_day, 0, 0, 1, 0, 0, NULL, NULL, NULL
    FROM raw.resent_taps
    UNION ALL
    SELECT
        COALESCE(device_no, ''), received_day, 0, 0, 0, 1,
        CASE WHEN reason = 'unknown_card' THEN 1 ELSE 0 END, NULL, NULL, NULL
    FROM raw.rejected_taps
),

line_days AS (
    SELECT
        device_no,
        received_day,
        SUM(is_line) AS lines,
        SUM(is_tap) AS taps,
        SUM(is_resend) AS resends,
        SUM(is_rejected) AS rejected,
        SUM(is_unknown_card) AS unknown_cards,
        MAX(delay_seconds) AS longest_delay_seconds,
        MAX(received_at) AS last_line_at,
        MAX(tapped_at) AS last_tap_at
    FROM outcomes
    GROUP BY device_no, received_day
),

heartbeats AS (
    SELECT
        device_no,
        CAST(received_at + INTERVAL '8' HOUR AS DATE) AS received_day,
        received_at,
        clock_offset_seconds,
        queued_taps,
        heartbeat_id
    FROM raw.heartbeats
),

ranked_heartbeats AS (
    SELECT
        device_no, received_day, received_at, clock_offset_seconds, queued_taps,
        ROW_NUMBER() OVER (
            PARTITION BY device_no, received_day ORDER BY received_at DESC, heartbeat_id DESC
        ) AS from_last
    FROM heartbeats
),

last_heartbeats AS (
    SELECT device_no, received_day, received_at, clock_offset_seconds, queued_taps
    FROM ranked_heartbeats
    WHERE from_last = 1
)

SELECT
    COALESCE(l.device_no, h.device_no) AS device_no,
    COALESCE(l.received_day, h.received_day) AS received_day,
    CAST(COALESCE(l.lines, 0) AS BIGINT) AS lines,
    CAST(COALESCE(l.taps, 0) AS BIGINT) AS taps,
    CAST(COALESCE(l.resends, 0) AS BIGINT) AS resends,
    CAST(COALESCE(l.rejected, 0) AS BIGINT) AS rejected,
    CAST(COALESCE(l.unknown_cards, 0) AS BIGINT) AS unknown_cards,
    l.longest_delay_seconds,
    CASE
        WHEN h.received_at IS NULL OR l.last_line_at > h.received_at THEN l.last_line_at
        ELSE h.received_at
    END AS last_received_at,
    l.last_tap_at,
    h.received_at AS last_heartbeat_at,
    h.clock_offset_seconds,
    h.queued_taps
FROM line_days AS l
FULL JOIN last_heartbeats AS h ON h.device_no = l.device_no AND h.received_day = l.received_day
