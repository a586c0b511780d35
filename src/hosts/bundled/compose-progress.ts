import { serviceOfContainer } from './stack-services.ts';

/** How far one thing has come: an image, a container, a volume. A later one of the same subject replaces it. */
export interface StackProgress {
  readonly subject: string;
  /** `pulling`, `downloading 120 of 512 MB`, `started` */
  readonly text: string;
  /** Whole percent; null where nothing can be measured. */
  readonly percent: number | null;
}

interface ComposeEvent {
  readonly id: string;
  readonly parent: string | null;
  readonly text: string;
  readonly currentBytes: number;
  readonly totalBytes: number;
}

interface Layer {
  currentBytes: number;
  totalBytes: number;
}

const PERCENT_STEP = 5;
const MEGABYTE = 1_000_000;
const LAYER_DONE = /^(?:download complete|pull complete|already exists|verifying checksum|extracting)/i;
const STATE_WORDS = new Set(['Working', 'Done', 'Warning', 'Error']);

/**
 * Reads what `docker compose --progress json` (or `plain`, before 2.29) prints and tells what a person can follow: one line
 * per image with the sum of its layers, one per container, network and volume, each only when it says something new.
 */
export class ComposeProgress {
  readonly #project: string;
  readonly #layers = new Map<string, Map<string, Layer>>();
  readonly #told = new Map<string, string>();

  constructor(project: string) {
    this.#project = project;
  }

  /** Null for a line that is no progress, or no news. */
  read(line: string): StackProgress | null {
    const event = parseJson(line) ?? parsePlain(line);
    if (event === null) return null;
    const progress = event.parent === null ? this.#ownProgress(event) : this.#layerProgress(event, event.parent);
    if (progress === null) return null;
    const step = progress.percent === null ? progress.text : Math.floor(progress.percent / PERCENT_STEP);
    const said = `${progress.text.split(' ')[0]} ${step}`;
    if (this.#told.get(progress.subject) === said) return null;
    this.#told.set(progress.subject, said);
    return progress;
  }

  #ownProgress({ id, text }: ComposeEvent): StackProgress | null {
    if (text === '') return null;
    return { subject: this.#subject(id), text: text.charAt(0).toLowerCase() + text.slice(1), percent: null };
  }

  #layerProgress({ id, parent, text, currentBytes, totalBytes }: ComposeEvent, image: string): StackProgress | null {
    const layers = this.#layers.get(image) ?? new Map<string, Layer>();
    this.#layers.set(image, layers);
    const layer = layers.get(id) ?? { currentBytes: 0, totalBytes: 0 };
    layers.set(id, layer);
    if (/^downloading/i.test(text) && totalBytes > 0) {
      layer.totalBytes = totalBytes;
      layer.currentBytes = Math.max(layer.currentBytes, currentBytes);
    } else if (LAYER_DONE.test(text)) layer.currentBytes = layer.totalBytes;
    const total = [...layers.values()].reduce((sum, { totalBytes: bytes }) => sum + bytes, 0);
    if (total === 0 || parent === null) return null;
    const current = [...layers.values()].reduce((sum, { currentBytes: bytes }) => sum + bytes, 0);
    const isUnpacking = current >= total && /^(?:extracting|pull complete)/i.test(text);
    return {
      subject: this.#subject(image),
      text: isUnpacking ? 'unpacking' : `downloading ${megabytes(current)} of ${megabytes(total)} MB`,
      percent: isUnpacking ? null : Math.floor((current / total) * 100),
    };
  }

  /** `Container tapedeck-kafka-1` is kafka; an image goes by its service or its name. */
  #subject(id: string): string {
    const [kind = '', ...rest] = id.split(' ');
    const name = rest.join(' ').replaceAll('"', '');
    if (kind === 'Container') return serviceOfContainer(name, this.#project);
    if (kind === 'Image') return name;
    if (kind === 'Network' || kind === 'Volume')
      return `${kind.toLowerCase()} ${serviceOfContainer(name, this.#project)}`;
    return id;
  }
}

function parseJson(line: string): ComposeEvent | null {
  if (!line.startsWith('{')) return null;
  const given = jsonOrNull(line);
  if (typeof given !== 'object' || given === null) return null;
  const field = (name: string): unknown => (given as Record<string, unknown>)[name];
  const id = textOf(field('id'));
  if (id === '') return null;
  // Compose 2 says the state in one of two fields, later ones put only `Working` or `Done` into `status`.
  const status = textOf(field('status'));
  const text = textOf(field('text')) || (STATE_WORDS.has(status) ? '' : status);
  const detail = text === 'Error' ? textOf(field('details')) || (status === 'Error' ? '' : status) : '';
  return {
    id,
    parent: textOf(field('parent_id')) || null,
    text: detail === '' ? text : `Error: ${detail}`,
    currentBytes: numberOf(field('current')),
    totalBytes: numberOf(field('total')),
  };
}

const PLAIN =
  /^\s*((?:Container|Network|Volume|Image) \S+|[\w.-]+)\s+((?:Pull|Creat|Recreat|Start|Stop|Remov|Wait|Health|Runn|Restart|Error|Exit|Kill)\w*.*)$/;

function parsePlain(line: string): ComposeEvent | null {
  const found = PLAIN.exec(line);
  if (found === null || /^[0-9a-f]{12}$/.test(found[1] ?? '')) return null;
  return { id: found[1] ?? '', parent: null, text: (found[2] ?? '').trim(), currentBytes: 0, totalBytes: 0 };
}

/** The sentence of a line with which Compose reports its own failure; null for any other line. */
export function composeErrorText(line: string): string | null {
  if (!line.startsWith('{')) return null;
  const given = jsonOrNull(line) as { error?: unknown; message?: unknown } | null;
  return given?.error === true ? textOf(given.message) : null;
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

function megabytes(bytes: number): string {
  return (bytes / MEGABYTE).toFixed(bytes < 10 * MEGABYTE ? 1 : 0);
}
