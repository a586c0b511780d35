import { createHash } from 'node:crypto';

/** Plain pages for people who got no further; they need no script, and one stylesheet named in the policy by its hash. */
const STYLE = `body{background:#0b0e11;color:#d6dde6;font:15px/1.6 ui-monospace,Menlo,Consolas,monospace;margin:12vh auto;max-width:44rem;padding:0 1rem}h1{font-size:1.2rem;color:#f0b429}code{background:#1a2027;padding:.1rem .3rem}`;

export const PAGE_STYLE_SOURCE = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

function page(title: string, paragraphs: readonly string[]): string {
  const body = paragraphs.map((paragraph) => `<p>${paragraph}</p>`).join('');
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><style>${STYLE}</style><h1>${title}</h1>${body}</html>`;
}

export const SIGN_IN_PAGE = page('TapeDeck is running', [
  'This browser has no access yet. A new link was just printed in the terminal where TapeDeck runs: open it within 60 seconds. It works once.',
  'Programs send the token instead: <code>Authorization: Bearer TOKEN</code>, with <code>TAPEDECK_TOKEN</code> or the file <code>token</code> in the data folder.',
]);

export const USED_LINK_PAGE = page('This link does not work any more', [
  'A link works once, and for 60 seconds. A new one was just printed in the terminal where TapeDeck runs.',
]);

export const NO_UI_PAGE = page('The UI has not been built', [
  'Run <code>npm run build</code>, then start again. The HTTP interface at <code>/api/v1/</code> works meanwhile.',
]);
