-- What was done about it the last time; null for errors from before this was kept.
ALTER TABLE errors ADD COLUMN outcome text;
