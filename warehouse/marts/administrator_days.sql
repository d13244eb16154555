WITH acts AS (
    SELECT
        entered_by AS person_id, organisation_id, entered_on AS acted_on,
        1 AS is_entry, minutes,
        CASE WHEN is_soon THEN 1 ELSE 0 END AS soon,
        CASE WHEN is_self_granted THEN 1 ELSE 0 END AS self_granted,
        records_in_minute,
        0 AS is_approval, 0 AS quick
    FROM core.honour_entries
    UNION ALL
    SELECT
        decided_by, organisation_id, decided_on,
        0, 0, 0, 0, 0,
        1, CASE WHEN is_quick THEN 1 ELSE 0 END
    FROM core.honour_entries
    WHERE decision = 'approved'
),

days AS (
    SELECT
        person_id, organisation_id, acted_on,
        SUM(is_entry) AS record_count,
        SUM(minutes) AS minutes,
        SUM(soon) AS soon_count,
        MAX(records_in_minute) AS records_in_minute,
        SUM(self_granted) AS self_granted_count,
        SUM(is_approval) AS approval_count,
        SUM(quick) AS quick_approval_count
    FROM acts
    GROUP BY person_id, organisation_id, acted_on
)

SELECT
    d.person_id,
    d.organisation_id,
    d.acted_on,
    o.name AS organisation_name,
    o.district_code,
    o.township_code,
    CAST(d.record_count AS BIGINT) AS record_count,
    CAST(d.minutes AS BIGINT) AS minutes,
    CAST(d.soon_count AS BIGINT) AS soon_count,
    CAST(d.records_in_minute AS BIGINT) AS records_in_minute,
    CAST(d.self_granted_count AS BIGINT) AS self_granted_count,
    CAST(d.approval_count AS BIGINT) AS approval_count,
    CAST(d.quick_approval_count AS BIGINT) AS quick_approval_count
FROM days AS d
LEFT JOIN raw.organisations AS o ON o.organisation_id = d.organisation_id
