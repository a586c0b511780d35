import { describe, expect, it } from 'vitest';
import { fileError } from './file-error.ts';
import { TapedeckError } from './tapedeck-error.ts';

const failure = (code: string): Error => Object.assign(new Error(`${code}: refused`), { code });

describe('an error of the file system', () => {
  it.each([
    ['ENOSPC', 'disk-full', true],
    ['EROFS', 'read-only', false],
    ['EACCES', 'read-only', false],
    ['EPERM', 'read-only', false],
    ['ENOTDIR', 'bad-config', false],
    ['ENOENT', 'not-found', false],
    ['EIO', 'internal', true],
  ])('%s is %s to the program', (systemCode, code, retryable) => {
    expect(fileError(failure(systemCode), '/data', { isRetried: true })).toMatchObject({ code, retryable });
    expect(fileError(failure(systemCode), '/data').retryable).toBe(false);
  });

  it('says where, why and what to do', () => {
    const error = fileError(failure('ENOSPC'), '/data', { advice: { 'disk-full': 'Free some space.' } });
    expect(error.userMessage).toBe('/data cannot be used: the disk is full. Free some space.');
  });

  it('leaves alone what comes from elsewhere', () => {
    const own = new TapedeckError('corrupt', 'damaged');
    expect(fileError(own, '/data')).toBe(own);
    expect(fileError(new Error('no file at all'), '/data')).toMatchObject({
      code: 'internal',
      message: 'no file at all',
    });
  });
});
