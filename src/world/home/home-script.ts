import { DAY_MS } from '../../domain/time.ts';
import { kindsWith, type WorldScript } from '../playback/world-script.ts';
import { homeMetrics } from './home-metrics.ts';
import { homeLives } from './home-world.ts';

/** One cluster at home: VolSync and Velero, ninety days. */
export const HOME: WorldScript = {
  name: 'demo',
  kinds: kindsWith(['volsync.backube', 'velero.io']),
  historyMs: 90 * DAY_MS,
  // A week and a day before, so that every weekly policy has run once when the history begins.
  warmUpMs: 8 * DAY_MS,
  lives: homeLives,
  metrics: homeMetrics,
};
