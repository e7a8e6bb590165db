-- A coupon's code and a unique code are never the same, and never catch one another.

-- The codes of promotions that are live, in the form in which they are compared.
CREATE TABLE coupons (
    shop_id   TEXT COLLATE "C" NOT NULL,
    match_key TEXT COLLATE "C" NOT NULL CHECK (match_key <> ''),
    promotion TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (shop_id, match_key)
);

CREATE INDEX coupons_by_promotion ON coupons (shop_id, promotion, match_key);

INSERT INTO coupons (shop_id, match_key, promotion)
SELECT r.shop_id, lower(replace(replace(code.value, '-', ''), ' ', '')), r.id
FROM resources r, json_array_elements_text(CASE json_typeof(r.body -> 'codes') WHEN 'array' THEN r.body -> 'codes' END)
    AS code (value)
WHERE r.kind = 'promotion' AND NOT r.deleted AND replace(replace(code.value, '-', ''), ' ', '') <> ''
ON CONFLICT DO NOTHING;

-- What a code that is entered byte for byte would be compared as, were it a coupon.
ALTER TABLE codes ADD COLUMN folded TEXT COLLATE "C" CHECK (folded <> '');

UPDATE codes SET folded = nullif(lower(replace(replace(text, '-', ''), ' ', '')), '') WHERE match_key IS NULL;

CREATE INDEX codes_by_folded ON codes (shop_id, folded, pool, serial) WHERE folded IS NOT NULL;
