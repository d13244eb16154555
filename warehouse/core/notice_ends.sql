-- Working days are numbered; a day off bears the number of the working day before it.
WITH calendar AS (
    SELECT
        day,
        is_working_day,
        SUM(CASE WHEN is_working_day THEN 1 ELSE 0 END) OVER (ORDER BY day) AS working_day_no
    FROM reference.working_days
)

SELECT served.day AS service_day, last_day.day AS final_on
FROM calendar AS served
JOIN reference.timekeeping_rules AS notice
    ON notice.rule = 'public_notice'
    AND served.day >= notice.valid_from
    AND (notice.valid_to IS NULL OR served.day < notice.valid_to)
JOIN calendar AS last_day
    ON last_day.working_day_no = served.working_day_no + notice.value
    AND last_day.is_working_day
