-- The e-mail address that came with a customer's last order.
ALTER TABLE customers ADD COLUMN email TEXT;
