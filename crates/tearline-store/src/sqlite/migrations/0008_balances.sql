-- Credit in another currency is another balance: the counters of balances name the currency now.
--
-- What was counted before in one number is counted anew, from the orders and the holds: a balance was always given
-- back with a cancelled order, whatever became of its uses.

UPDATE orders SET body = json_set(body, '$.claims', json((
    SELECT json_group_array(json(CASE json_extract(c.value, '$.of.limit.limit')
        WHEN 'shared_balance' THEN json_set(c.value, '$.of.limit.of', json_extract(body, '$.priced.quote.currency'))
        WHEN 'own_balance' THEN json_set(c.value, '$.of.limit.of',
            json_extract(body, '$.priced.quote.currency') || ':' || json_extract(c.value, '$.of.limit.of'))
        ELSE c.value END))
    FROM json_each(body, '$.claims') c)))
WHERE instr(body, '_balance"') > 0;

UPDATE orders SET body = json_set(body, '$.returned', json((
    SELECT json_group_array(json(CASE json_extract(c.value, '$.of.limit.limit')
        WHEN 'shared_balance' THEN json_set(c.value, '$.of.limit.of', json_extract(body, '$.priced.quote.currency'))
        WHEN 'own_balance' THEN json_set(c.value, '$.of.limit.of',
            json_extract(body, '$.priced.quote.currency') || ':' || json_extract(c.value, '$.of.limit.of'))
        ELSE c.value END))
    FROM json_each(body, '$.returned') c)))
WHERE json_array_length(body, '$.returned') > 0;

UPDATE holds SET body = json_set(body, '$.claims', json((
    SELECT json_group_array(json(CASE json_extract(c.value, '$.of.limit.limit')
        WHEN 'shared_balance' THEN json_set(c.value, '$.of.limit.of', json_extract(body, '$.priced.quote.currency'))
        WHEN 'own_balance' THEN json_set(c.value, '$.of.limit.of',
            json_extract(body, '$.priced.quote.currency') || ':' || json_extract(c.value, '$.of.limit.of'))
        ELSE c.value END))
    FROM json_each(body, '$.claims') c)))
WHERE instr(body, '_balance"') > 0;

UPDATE hold_claims SET counted_for = (
    SELECT json_extract(h.body, '$.priced.quote.currency') FROM holds h
    WHERE h.shop_id = hold_claims.shop_id AND h.cart_id = hold_claims.cart_id)
    || CASE limit_kind WHEN 'own_balance' THEN ':' || counted_for ELSE '' END
WHERE limit_kind IN ('shared_balance', 'own_balance');

DELETE FROM limits WHERE limit_kind IN ('shared_balance', 'own_balance');

INSERT INTO limits (shop_id, promotion, limit_kind, counted_for, used, held, earliest_hold_end)
SELECT shop_id, promotion, limit_kind, counted_for, max(sum(used), 0), sum(held), min(ends_at) FROM (
    SELECT o.shop_id, json_extract(c.value, '$.of.limit.promotion') AS promotion,
        json_extract(c.value, '$.of.limit.limit') AS limit_kind, json_extract(c.value, '$.of.limit.of') AS counted_for,
        json_extract(c.value, '$.take') AS used, 0 AS held, NULL AS ends_at
    FROM orders o, json_each(o.body, '$.claims') c WHERE o.state = 'placed'
    UNION ALL
    SELECT o.shop_id, json_extract(c.value, '$.of.limit.promotion'), json_extract(c.value, '$.of.limit.limit'),
        json_extract(c.value, '$.of.limit.of'), -json_extract(c.value, '$.take'), 0, NULL
    FROM orders o, json_each(o.body, '$.returned') c WHERE o.state = 'placed'
    UNION ALL
    SELECT shop_id, promotion, limit_kind, counted_for, 0, take, ends_at FROM hold_claims)
WHERE limit_kind IN ('shared_balance', 'own_balance')
GROUP BY shop_id, promotion, limit_kind, counted_for;
