-- A coupon's code and a unique code are never the same, and never catch one another.

-- The codes of promotions that are live, in the form in which they are compared.
CREATE TABLE coupons (
    shop_id   TEXT NOT NULL REFERENCES shops (shop_id),
    match_key TEXT NOT NULL CHECK (match_key <> ''),
    promotion TEXT NOT NULL,
    PRIMARY KEY (shop_id, match_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX coupons_by_promotion ON coupons (shop_id, promotion, match_key);

INSERT OR IGNORE INTO coupons (shop_id, match_key, promotion)
SELECT r.shop_id, lower(replace(replace(code.value, '-', ''), ' ', '')), r.id
FROM resources r, json_each(r.body, '$.codes') code
WHERE r.kind = 'promotion' AND r.deleted = 0 AND replace(replace(code.value, '-', ''), ' ', '') <> '';

-- What a code that is entered byte for byte would be compared as, were it a coupon.
ALTER TABLE codes ADD COLUMN folded TEXT CHECK (folded <> '');

UPDATE codes SET folded = nullif(lower(replace(replace(text, '-', ''), ' ', '')), '') WHERE match_key IS NULL;

CREATE INDEX codes_by_folded ON codes (shop_id, folded, pool, serial) WHERE folded IS NOT NULL;
