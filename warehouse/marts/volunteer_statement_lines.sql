-- What each transfer does to both of its accounts; of these, those of volunteers.
WITH sides AS (
    SELECT
        transfer_no, kind, credit_account_id AS account_id, debit_account_id AS other_account_id, amount_cents,
        period, posted_at, award_id, earned_on, reverses_no, reference
    FROM raw.point_transfers
    UNION ALL
    SELECT
        transfer_no, kind, debit_account_id, credit_account_id, -amount_cents,
        period, posted_at, award_id, earned_on, reverses_no, reference
    FROM raw.point_transfers
),

placed AS (
    SELECT
        s.*,
        CAST(s.posted_at + INTERVAL '8' HOUR AS DATE) AS posted_on,
        a.volunteer_id,
        o.kind AS other_kind,
        o.code AS other_code
    FROM sides AS s
    JOIN raw.point_accounts AS a ON a.account_id = s.account_id AND a.kind = 'volunteer'
    JOIN raw.point_accounts AS o ON o.account_id = s.other_account_id
)

SELECT
    p.transfer_no,
    p.account_id,
    p.volunteer_id,
    p.volunteer_id % 1000 AS volunteer_group,
    p.period,
    p.posted_on,
    p.posted_at,
    CASE
        WHEN p.kind = 'award' AND p.amount_cents > 0 THEN 'earned'
        WHEN p.kind = 'award' THEN 'reversed'
        WHEN p.other_kind = 'expired' THEN 'expired'
        WHEN p.kind = 'spend' THEN 'spent'
        WHEN p.kind = 'reversal' THEN 'refunded'
        ELSE 'adjusted'
    END AS movement,
    p.amount_cents,
    p.other_kind,
    p.other_code,
    p.award_id,
    p.earned_on,
    -- What is added by hand is earned in the month in which it is added.
    CASE
        WHEN p.kind = 'award' THEN CAST(DATE_TRUNC('month', p.earned_on) AS DATE)
        WHEN p.kind = 'adjustment' THEN CAST(DATE_TRUNC('month', p.posted_on) AS DATE)
    END AS earned_month,
    p.reverses_no,
    p.reference
FROM placed AS p
