export * from './feed.ts';
export { createMockClock } from './mock/mock-clock.ts';
export { createMockFeed, type MockFeedOptions } from './mock/mock-feed.ts';
export {
  DEFAULT_MOCK_OPTIONS,
  type MockClockSetting,
  type MockFault,
  type MockOptions,
  parseMockOptions,
} from './mock/mock-options.ts';
export { type EventRecorder, type EventRecorderOptions, openEventRecorder } from './replay/event-recorder.ts';
export { createReplayFeed, type ReplayFeedOptions } from './replay/replay-feed.ts';
export type { Sleep } from './sleep.ts';
