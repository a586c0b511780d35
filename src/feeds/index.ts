export * from './feed.ts';
export { createMockClock } from './mock/mock-clock.ts';
export { createMockFeed } from './mock/mock-feed.ts';
export type { MockOptions } from './mock/mock-options.ts';
export { openEventRecorder } from './replay/event-recorder.ts';
export type { EventRecorder } from './replay/event-recorder.ts';
export { createReplayFeed } from './replay/replay-feed.ts';
