SELECT floor(p.mag) AS magnitude, COUNT(*) AS events, MAX(p.sig) AS most_significant
FROM (SELECT unnest(features).properties AS p FROM read_json('{geojson}')) WHERE p.type = 'earthquake' AND p.mag >= 0 GROUP BY 1
