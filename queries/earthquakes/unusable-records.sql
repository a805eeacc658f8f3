-- What happens to records that break a promise? `felt` is declared NOT NULL, and most events have no felt reports.
-- Each such record becomes one row of "reported$errors", with the field, the reason and the record itself.
-- Flags: --changelog final
CREATE TABLE reported (
  id STRING,
  occurred TIMESTAMP(3),
  felt INT NOT NULL,
  WATERMARK FOR occurred AS occurred - INTERVAL '7' DAY
) WITH ('connector' = 'filesystem', 'path' = '../data/earthquakes.ndjson', 'format' = 'json');

CREATE MATERIALIZED VIEW reports AS
SELECT window_start, COUNT(*) AS events, SUM(felt) AS reports
FROM TUMBLE(TABLE reported, DESCRIPTOR(occurred), INTERVAL '7' DAY)
GROUP BY window_start, window_end;

SELECT SUM(events) AS good, SUM(reports) AS reports FROM reports;
SELECT code, field, COUNT(*) AS bad FROM "reported$errors" GROUP BY code, field;
