import { systemClock } from '../market/index.ts';
import { openSettings } from '../hosts/settings/conf-settings-store.ts';
import { withWatchlist } from '../hosts/settings/watchlist-operations.ts';

/** A process of its own that adds lists and layouts to a settings file: FOLDER NAME COUNT. */
const [configDir = '', name = '', count = '0'] = process.argv.slice(2);
const settings = openSettings({ configDir, clock: systemClock });
for (let number = 0; number < Number(count); number++) {
  const id = `${name}${number}`;
  settings.changeWatchlists((lists) => withWatchlist(lists, { id, name: id, symbols: [] }));
  settings.saveLayout(id, '{}');
}
settings.close();
