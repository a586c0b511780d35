const SUFFIX = ':charts';

/** Under this client name a desk leases the symbols it shows on charts, apart from those it only lists. */
export function chartClient(hostId: string): string {
  return hostId + SUFFIX;
}

export function isChartClient(client: string): boolean {
  return client.endsWith(SUFFIX);
}
