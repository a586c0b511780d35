-- Prints of one instant and sequence are ordered by where they stand on the bus; null for those stored before this was kept.
ALTER TABLE trades ADD COLUMN bus_offset bigint;
