"""
What :mod:`crm.insights.engine` defines, for all customers at once in SQL, and what follows from it.

``{orders}`` is the statement over all orders of :func:`crm.insights.orders.orders_sql`; its parameters come first.
"""

from __future__ import annotations

# Amounts count where the company that sold has the currency of the customer's company; the day of an order always.
# percentile_disc and the comparison of figure × number with the sum are exact, as the engine is.
COMPUTE = """
    WITH bought AS MATERIALIZED (
        SELECT o.customer_id, o.ordered_on, o.amount > 0 AS is_order,
               CASE WHEN seller.base_currency_id = own.base_currency_id THEN o.amount ELSE 0 END AS amount
        FROM ({orders}) AS o
        JOIN crm_customer c ON c.id = o.customer_id
        JOIN suite_company seller ON seller.id = o.company_id
        JOIN suite_company own ON own.id = c.company_id
        WHERE o.ordered_on <= %(today)s
    ), sums AS (
        SELECT customer_id, count(*) FILTER (WHERE is_order) AS frequency, sum(amount) AS monetary,
               max(ordered_on) FILTER (WHERE is_order) AS last_on, min(ordered_on) FILTER (WHERE is_order) AS first_on,
               coalesce(sum(amount) FILTER (WHERE ordered_on > %(today)s - %(year)s), 0) AS year_amount
        FROM bought GROUP BY customer_id HAVING bool_or(is_order)
    ), stakes AS (
        SELECT b.customer_id, sum(b.amount) AS amount FROM bought b JOIN sums s ON s.customer_id = b.customer_id
        WHERE b.ordered_on > s.last_on - %(year)s GROUP BY b.customer_id
    ), gaps AS (
        SELECT customer_id, ordered_on - lag(ordered_on) OVER (PARTITION BY customer_id ORDER BY ordered_on) AS gap
        FROM (SELECT DISTINCT customer_id, ordered_on FROM bought WHERE is_order) AS days
    ), intervals AS (
        SELECT customer_id, count(*) AS order_days,
               (percentile_cont(0.5) WITHIN GROUP (ORDER BY gap))::numeric AS median
        FROM gaps GROUP BY customer_id
    ), buyers AS (
        SELECT c.company_id, s.*, %(today)s - s.last_on AS recency
        FROM sums s JOIN crm_customer c ON c.id = s.customer_id
    ), borders AS (
        SELECT company_id, count(*) AS n, sum(recency) AS r_sum, sum(frequency) AS f_sum, sum(monetary) AS m_sum,
               percentile_disc(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY recency) AS r,
               percentile_disc(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY frequency) AS f,
               percentile_disc(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY monetary) AS m
        FROM buyers GROUP BY company_id
    ), scored AS (
        SELECT b.*, CASE WHEN rule.rfm_method = 'MEAN' THEN 1 ELSE 2 END AS high,
            CASE WHEN rule.rfm_method = 'MEAN' THEN 2 - (b.recency * d.n > d.r_sum)::int
                 ELSE 4 - (b.recency > d.r[1])::int - (b.recency > d.r[2])::int - (b.recency > d.r[3])::int END AS r,
            CASE WHEN rule.rfm_method = 'MEAN' THEN 1 + (b.frequency * d.n > d.f_sum)::int
                 ELSE 1 + (b.frequency > d.f[1])::int + (b.frequency > d.f[2])::int + (b.frequency > d.f[3])::int
            END AS f,
            CASE WHEN rule.rfm_method = 'MEAN' THEN 1 + (b.monetary * d.n > d.m_sum)::int
                 ELSE 1 + (b.monetary > d.m[1])::int + (b.monetary > d.m[2])::int + (b.monetary > d.m[3])::int
            END AS m
        FROM buyers b JOIN borders d ON d.company_id = b.company_id
        JOIN crm_insightrule rule ON rule.company_id = b.company_id
    ), watched AS (
        SELECT s.*, i.order_days, rule.warn_factor, rule.critical_factor,
            CASE c.tier WHEN 'A' THEN rule.tier_a_days WHEN 'B' THEN rule.tier_b_days
                        WHEN 'C' THEN rule.tier_c_days ELSE rule.tier_d_days END AS tier_days,
            CASE WHEN i.order_days >= greatest(rule.fewest_orders, 2) THEN i.median END AS interval_days
        FROM scored s JOIN intervals i ON i.customer_id = s.customer_id
        JOIN crm_customer c ON c.id = s.customer_id
        JOIN crm_insightrule rule ON rule.company_id = s.company_id
    ), judged AS (
        SELECT w.*,
            CASE WHEN interval_days IS NULL THEN tier_days ELSE interval_days * warn_factor END AS warn_after,
            CASE WHEN interval_days IS NULL THEN round(tier_days * critical_factor / warn_factor, 3)
                 ELSE interval_days * critical_factor END AS critical_after,
            CASE WHEN interval_days IS NULL THEN recency * warn_factor > tier_days * critical_factor
                 ELSE recency > interval_days * critical_factor END AS is_critical,
            last_on + coalesce(ceil(interval_days)::int, tier_days) AS expected_on
        FROM watched w
    )
    INSERT INTO crm_customerinsight
        (customer_id, company_id, recency, frequency, monetary, r_score, f_score, m_score, segment, churn_state,
         order_days, interval_days, warn_after, critical_after, first_order_on, last_order_on, expected_on,
         year_amount, stake_amount, computed_at)
    SELECT c.id, c.company_id, j.recency, coalesce(j.frequency, 0), coalesce(j.monetary, 0), j.r, j.f, j.m,
        CASE WHEN j.customer_id IS NULL THEN '' ELSE
            CASE WHEN j.m > high THEN 'IMPORTANT_' ELSE 'GENERAL_' END ||
            CASE WHEN j.r > high AND j.f > high THEN 'VALUE' WHEN j.r > high THEN 'DEVELOP'
                 WHEN j.f > high THEN 'KEEP' ELSE 'RESCUE' END
        END,
        CASE WHEN j.customer_id IS NULL THEN 'NONE' WHEN j.is_critical THEN 'CRITICAL'
             WHEN j.recency > j.warn_after THEN 'WARNING' ELSE 'ACTIVE' END,
        coalesce(j.order_days, 0), j.interval_days, j.warn_after, j.critical_after, j.first_on, j.last_on,
        j.expected_on, coalesce(j.year_amount, 0), coalesce(s.amount, 0), %(at)s
    FROM crm_customer c
    LEFT JOIN judged j ON j.customer_id = c.id
    LEFT JOIN stakes s ON s.customer_id = c.id
    ON CONFLICT (customer_id) DO UPDATE SET
        company_id = excluded.company_id, recency = excluded.recency, frequency = excluded.frequency,
        monetary = excluded.monetary, r_score = excluded.r_score, f_score = excluded.f_score,
        m_score = excluded.m_score, segment = excluded.segment, churn_state = excluded.churn_state,
        order_days = excluded.order_days, interval_days = excluded.interval_days, warn_after = excluded.warn_after,
        critical_after = excluded.critical_after, first_order_on = excluded.first_order_on,
        last_order_on = excluded.last_order_on, expected_on = excluded.expected_on,
        year_amount = excluded.year_amount, stake_amount = excluded.stake_amount, computed_at = excluded.computed_at
"""
# One statement marks whom the owners are told of and counts them by owner.
REMIND = """
    WITH marked AS (
        UPDATE crm_customerinsight i SET reminded_on = %(today)s, reminded_order_on = i.last_order_on
        FROM crm_customer c, crm_insightrule rule
        WHERE c.id = i.customer_id AND rule.company_id = i.company_id AND c.owner_id IS NOT NULL
          AND i.last_order_on <= %(today)s - rule.remind_days::int
          AND i.reminded_order_on IS DISTINCT FROM i.last_order_on
        RETURNING c.owner_id, i.customer_id, i.stake_amount
    )
    SELECT owner_id, count(*), min(customer_id), sum(stake_amount) FROM marked GROUP BY owner_id ORDER BY owner_id
"""
# Suggestions that no longer differ from the tier of the customer go; a dismissed one stays while the same is suggested.
SETTLE_TIERS = """
    DELETE FROM crm_tiersuggestion t USING crm_customer c
    WHERE c.id = t.customer_id AND c.tier = t.suggested AND t.decision <> 'ACCEPTED'
"""
SUGGEST_TIERS = """
    INSERT INTO crm_tiersuggestion (customer_id, company_id, current, suggested, year_amount, border_amount, decision)
    SELECT * FROM (
        SELECT c.id, c.company_id, c.tier,
            CASE WHEN i.year_amount >= rule.tier_a_amount THEN 'A' WHEN i.year_amount >= rule.tier_b_amount THEN 'B'
                 WHEN i.year_amount >= rule.tier_c_amount THEN 'C' ELSE 'D' END AS suggested,
            i.year_amount,
            CASE least(c.tier, CASE WHEN i.year_amount >= rule.tier_a_amount THEN 'A'
                                    WHEN i.year_amount >= rule.tier_b_amount THEN 'B'
                                    WHEN i.year_amount >= rule.tier_c_amount THEN 'C' ELSE 'D' END)
                WHEN 'A' THEN rule.tier_a_amount WHEN 'B' THEN rule.tier_b_amount ELSE rule.tier_c_amount END,
            'OPEN'
        FROM crm_customerinsight i JOIN crm_customer c ON c.id = i.customer_id
        JOIN crm_insightrule rule ON rule.company_id = i.company_id
        WHERE i.frequency > 0
    ) AS found WHERE suggested <> tier
    ON CONFLICT (customer_id) DO UPDATE SET
        company_id = excluded.company_id, current = excluded.current, suggested = excluded.suggested,
        year_amount = excluded.year_amount, border_amount = excluded.border_amount,
        decision = CASE WHEN crm_tiersuggestion.suggested = excluded.suggested
                         AND crm_tiersuggestion.decision = 'DISMISSED' THEN 'DISMISSED' ELSE 'OPEN' END,
        decided_by_id = CASE WHEN crm_tiersuggestion.suggested = excluded.suggested
                              AND crm_tiersuggestion.decision = 'DISMISSED' THEN crm_tiersuggestion.decided_by_id END,
        decided_at = CASE WHEN crm_tiersuggestion.suggested = excluded.suggested
                           AND crm_tiersuggestion.decision = 'DISMISSED' THEN crm_tiersuggestion.decided_at END,
        version = crm_tiersuggestion.version + 1, updated_at = %(at)s
    WHERE (crm_tiersuggestion.current, crm_tiersuggestion.suggested, crm_tiersuggestion.year_amount,
           crm_tiersuggestion.border_amount, crm_tiersuggestion.decision = 'ACCEPTED')
          IS DISTINCT FROM
          (excluded.current, excluded.suggested, excluded.year_amount, excluded.border_amount, false)
"""
# Attempts in progress of customers that have ordered since: the first such order, and what all of them come to.
WON = """
    SELECT w.id, min(o.ordered_on), sum(o.amount) FROM crm_winback w
    JOIN ({orders}) AS o ON o.customer_id = w.customer_id
    WHERE w.status = 'OPEN' AND o.amount > 0 AND o.ordered_on > w.last_order_on AND o.ordered_on <= %(today)s
      AND (%(customer)s::bigint IS NULL OR w.customer_id = %(customer)s)
    GROUP BY w.id ORDER BY w.id
"""
