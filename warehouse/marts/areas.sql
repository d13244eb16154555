SELECT
    a.area_code,
    a.kind,
    a.name,
    COALESCE(n.name_en, a.name) AS name_en,
    a.parent_code
FROM raw.areas AS a
LEFT JOIN reference.area_names AS n ON n.area_code = a.area_code
