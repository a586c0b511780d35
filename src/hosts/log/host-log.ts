import { pino } from 'pino';
import type { Log } from '../../market/index.ts';
import type { Config } from '../config/config.ts';
import { formatLogLine } from './format-log-line.ts';
import { RotatingFile } from './rotating-file.ts';
import { SecretMask } from './secret-mask.ts';
import { serializeError } from './serialize-error.ts';

const MAX_FILE_BYTES = 10_000_000;

const SECRET_FIELDS = ['token', 'password', 'secretKey', 'keyId', 'dsn', 'authorization', 'cookie', 'apiKey'];

export interface HostLog extends Log {
  /** Values that must not appear in any line from here on. */
  hide(secrets: readonly string[]): void;
  /** The text without them, for what is kept elsewhere. */
  mask(text: string): string;
  close(): void;
}

export interface HostLogOptions {
  readonly settings: Config['log'];
  /** Where lines for people go: standard error. */
  readonly writeError: (line: string) => void;
  /** Those known at the start; `hide` takes later ones. */
  readonly secrets: readonly string[];
}

/** JSON lines into the log file, JSON or text lines to standard error; secrets masked in both. */
export function openHostLog({ settings, writeError, secrets }: HostLogOptions): HostLog {
  const mask = new SecretMask(secrets);
  let file: RotatingFile | null = null;
  let fileProblem: unknown = null;
  try {
    file = new RotatingFile(settings.file, MAX_FILE_BYTES);
  } catch (error) {
    fileProblem = error;
  }
  const destination = {
    write: (json: string): void => {
      const line = mask.apply(json);
      writeError(settings.format === 'json' ? line : formatLogLine(line));
      try {
        file?.write(line);
      } catch (error) {
        // A full disk must not stop the program for the sake of its log; standard error still has every line.
        file?.close();
        file = null;
        writeError(`log file given up: ${String(error)}\n`);
      }
    },
  };
  const logger = pino(
    {
      level: settings.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: '***' },
      serializers: { error: serializeError },
    },
    destination,
  );
  if (fileProblem !== null) logger.warn({ file: settings.file, error: fileProblem }, 'no log file is written');
  return Object.assign(asLog(logger), {
    hide: (more: readonly string[]) => mask.add(more),
    mask: (text: string) => mask.apply(text),
    close: () => {
      file?.close();
      file = null;
    },
  });
}

function asLog(logger: pino.Logger): Log {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields) => asLog(logger.child(fields)),
  };
}
