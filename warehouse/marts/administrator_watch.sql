WITH pairs AS (
    SELECT
        organisation_id,
        CAST(DATE_TRUNC('month', decided_on) AS DATE) AS month,
        CASE WHEN entered_by < decided_by THEN entered_by ELSE decided_by END AS person_id,
        CASE WHEN entered_by < decided_by THEN decided_by ELSE entered_by END AS other_person_id,
        CASE WHEN entered_by < decided_by THEN 1 ELSE 0 END AS is_one_way,
        minutes
    FROM core.honour_entries
    WHERE decision = 'approved' AND entered_by <> decided_by
),

mutual AS (
    SELECT
        organisation_id, month, person_id, other_person_id,
        -- The lesser of the two directions: so many were approved both ways.
        CASE
            WHEN SUM(is_one_way) < SUM(1 - is_one_way) THEN SUM(is_one_way) ELSE SUM(1 - is_one_way)
        END AS measured,
        COUNT(*) AS record_count,
        SUM(minutes) AS minutes
    FROM pairs
    GROUP BY organisation_id, month, person_id, other_person_id
),

-- What the patterns of single records look at: the records of which each is one.
picked AS (
    SELECT
        'soon_after_creation' AS pattern, 'soon_records_per_day' AS rule,
        organisation_id, entered_on AS found_on, entered_by AS person_id, 1 AS measured, minutes
    FROM core.honour_entries
    WHERE is_soon
    UNION ALL
    SELECT 'self_granted', 'self_granted_per_day', organisation_id, entered_on, entered_by, 1, minutes
    FROM core.honour_entries
    WHERE is_self_granted
    UNION ALL
    SELECT 'quick_approval', 'quick_approvals_per_day', organisation_id, decided_on, decided_by, 1, minutes
    FROM core.honour_entries
    WHERE is_quick
),

batches AS (
    SELECT e.organisation_id, e.entered_on AS found_on, e.entered_by AS person_id, e.records_in_minute, e.minutes
    FROM core.honour_entries AS e
    JOIN reference.administrator_rules AS r
        ON r.rule = 'records_in_minute'
        AND e.entered_on >= r.valid_from
        AND (r.valid_to IS NULL OR e.entered_on < r.valid_to)
    WHERE e.records_in_minute >= r.value
),

measured AS (
    SELECT
        'typed_minutes' AS pattern, 'typed_minutes_per_day' AS rule, organisation_id, acted_on AS found_on,
        person_id, 0 AS other_person_id, minutes AS measured, record_count, minutes
    FROM marts.administrator_days
    WHERE record_count > 0
    UNION ALL
    SELECT
        pattern, rule, organisation_id, found_on, person_id, 0, SUM(measured), COUNT(*), SUM(minutes)
    FROM picked
    GROUP BY pattern, rule, organisation_id, found_on, person_id
    UNION ALL
    SELECT
        'batch_in_minute', 'records_in_minute', organisation_id, found_on, person_id, 0,
        MAX(records_in_minute), COUNT(*), SUM(minutes)
    FROM batches
    GROUP BY organisation_id, found_on, person_id
    UNION ALL
    SELECT
        'mutual_approval', 'mutual_approvals_per_month', organisation_id, month, person_id, other_person_id,
        measured, record_count, minutes
    FROM mutual
),

ratios AS (
    SELECT h.organisation_id, h.service_month, h.honour_minutes, h.credit_minutes, r.value AS threshold
    FROM marts.honour_ratios AS h
    JOIN reference.administrator_rules AS r
        ON r.rule = 'honour_percent_of_credit'
        AND h.service_month >= r.valid_from
        AND (r.valid_to IS NULL OR h.service_month < r.valid_to)
    JOIN reference.administrator_rules AS n
        ON n.rule = 'honour_minutes_of_note'
        AND h.service_month >= n.valid_from
        AND (n.valid_to IS NULL OR h.service_month < n.valid_to)
    WHERE h.honour_minutes >= n.value AND h.honour_minutes * 100 >= h.credit_minutes * r.value
),

-- The records behind a ratio are those that count in it.
ratio_records AS (
    SELECT organisation_id, service_month, COUNT(*) AS record_count
    FROM core.honour_entries
    WHERE net_minutes > 0
    GROUP BY organisation_id, service_month
),

found AS (
    SELECT
        m.pattern, m.found_on, m.organisation_id, m.person_id, m.other_person_id,
        m.measured, CAST(r.value AS BIGINT) AS threshold, r.unit, m.record_count, m.minutes,
        CAST(NULL AS BIGINT) AS credit_minutes
    FROM measured AS m
    JOIN reference.administrator_rules AS r
        ON r.rule = m.rule
        AND m.found_on >= r.valid_from
        AND (r.valid_to IS NULL OR m.found_on < r.valid_to)
    WHERE m.measured >= r.value
    UNION ALL
    SELECT
        'honour_ratio', t.service_month, t.organisation_id, 0, 0,
        -- Whole percents; without any credit minutes there is no ratio to tell.
        CASE
            WHEN t.credit_minutes > 0
                THEN CAST((t.honour_minutes * 100 - t.honour_minutes * 100 % t.credit_minutes) / t.credit_minutes AS BIGINT)
        END,
        t.threshold, 'percent', COALESCE(n.record_count, 0), t.honour_minutes, t.credit_minutes
    FROM ratios AS t
    LEFT JOIN ratio_records AS n ON n.organisation_id = t.organisation_id AND n.service_month = t.service_month
)

SELECT
    f.pattern,
    f.found_on,
    f.organisation_id,
    CAST(f.person_id AS BIGINT) AS person_id,
    CAST(f.other_person_id AS BIGINT) AS other_person_id,
    o.name AS organisation_name,
    o.district_code,
    o.township_code,
    CAST(f.measured AS BIGINT) AS measured,
    f.threshold,
    f.unit,
    CAST(f.record_count AS BIGINT) AS record_count,
    CAST(f.minutes AS BIGINT) AS minutes,
    f.credit_minutes
FROM found AS f
LEFT JOIN raw.organisations AS o ON o.organisation_id = f.organisation_id
