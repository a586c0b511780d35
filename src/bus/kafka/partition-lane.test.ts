import { describe, expect, it } from 'vitest';
import { PartitionLane, PartitionLanes } from './partition-lane.ts';

describe('the lane of a partition number', () => {
  it('lets one in at a time, in the order of asking', async () => {
    const lane = new PartitionLane();
    const entered: number[] = [];
    const all = [0, 1, 2].map(async (number) => {
      entered.push((await lane.enter()) ? number : -1);
    });
    await all[0];
    expect(entered).toEqual([0]);
    lane.leave();
    await all[1];
    expect(entered).toEqual([0, 1]);
    lane.leave();
    await all[2];
    expect(entered).toEqual([0, 1, 2]);
  });

  it('sends away all others while the one inside is stuck, and tells them when it is free', async () => {
    const lane = new PartitionLane();
    await lane.enter();
    const waiting = lane.enter();
    lane.getStuck();
    expect(await waiting).toBe(false);
    expect(await lane.enter()).toBe(false);
    const free = lane.free();
    lane.leave();
    await free;
    expect(await lane.enter()).toBe(true);
  });

  it('says when a lane is not free in time', async () => {
    const lanes = new PartitionLanes();
    await lanes.of(3).enter();
    expect(await lanes.free(10)).toBe(false);
    lanes.of(3).leave();
    expect(await lanes.free(60_000)).toBe(true);
  });
});
