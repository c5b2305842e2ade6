-- What policy and people made of the actions of every business date, by kind and region.
WITH stands AS (
    SELECT business_date, p.kind, p.region, r.status, r.overridden IS NOT NULL AS changed,
        coalesce(r.decided_by = 'policy', FALSE) AS alone
    FROM actions.proposals p JOIN actions.routed r USING (business_date, action_id)
),
counted AS (
    SELECT business_date, kind, region, count(*) AS actions,
        count(*) FILTER (status = 'approved' AND alone) AS by_policy,
        count(*) FILTER (status = 'approved' AND NOT alone) AS by_people,
        count(*) FILTER (changed) AS overridden,
        count(*) FILTER (status = 'rejected') AS rejected,
        count(*) FILTER (status = 'waiting') AS waiting,
        count(*) FILTER (status IN ('blocked', 'withdrawn')) AS stopped
    FROM stands GROUP BY ALL
)
SELECT *, by_policy / nullif(actions - stopped, 0) AS automated_share,
    overridden / nullif(by_people + rejected, 0) AS overridden_share
FROM counted
