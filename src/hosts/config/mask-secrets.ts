/** A database address that can be shown: the password, in the address or its parameters, is `***`. */
export function maskDsn(dsn: string): string {
  const url = new URL(dsn);
  if (url.password !== '') url.password = '***';
  if (url.searchParams.has('password')) url.searchParams.set('password', '***');
  return url.toString();
}
