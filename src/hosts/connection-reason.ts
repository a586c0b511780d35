/** Why nobody answered, in brackets for the end of a sentence: a certificate that is not trusted is no host that is off. */
export function connectionReason(error: unknown): string {
  if (!(error instanceof Error)) return '';
  // Several addresses of one name that all failed have a code and no text.
  const reason = error.message === '' && 'code' in error ? String(error.code) : error.message;
  return reason === '' ? '' : ` (${reason})`;
}
