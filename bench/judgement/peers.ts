/**
 * What others document as their rules, written anew: three standard deviations (Commvault), modified z 3.5 over the
 * last ten runs (Vault for Unraid; Iglewicz and Hoaglin 1993), and 130 % of the mean duration (Kasten). Each also gets
 * what every product has: failures as they are, runs that hold nothing, and a run two intervals late.
 */
import type { RunLine } from '../../src/domain/run-line.ts';
import { intervalSeconds } from '../../src/analyze/schedules/due-times.ts';
import { median } from '../../src/statistics/robust.ts';
import type { Alarm } from './score.ts';

type Rule = (history: readonly number[], value: number) => boolean;
interface Peer {
  name: string;
  rule: Rule;
  channels: readonly ('seconds' | 'logicalBytes' | 'addedBytes')[];
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const threeSigma: Rule = (history, value) => {
  if (history.length < 10) return false;
  const center = mean(history);
  const deviation = Math.sqrt(mean(history.map((one) => (one - center) ** 2)));
  return Math.abs(value - center) > 3 * deviation;
};

const modifiedZ: Rule = (history, value) => {
  const last = history.slice(-10);
  if (last.length < 10) return false;
  const center = median(last);
  const mad = median(last.map((one) => Math.abs(one - center)));
  return mad > 0 && (0.6745 * Math.abs(value - center)) / mad > 3.5;
};

const aboveMean: Rule = (history, value) => history.length >= 3 && value > 1.3 * mean(history);

export const PEERS: readonly Peer[] = [
  { name: '3 sigma', rule: threeSigma, channels: ['seconds', 'logicalBytes', 'addedBytes'] },
  {
    name: 'modified z 3.5 of 10',
    rule: modifiedZ,
    channels: ['seconds', 'logicalBytes', 'addedBytes'],
  },
  { name: '130 % of the mean', rule: aboveMean, channels: ['seconds'] },
];

/** All alarms a peer gives on a history. */
export function alarmsOf(peer: Peer, lines: readonly RunLine[]): Alarm[] {
  const alarms: Alarm[] = [];
  for (const [job, runs] of Map.groupBy(lines, (line) => `${line.cluster} ${line.policy}`))
    alarms.push(...alarmsOfJob(peer, job, runs));
  return alarms;
}

function alarmsOfJob(peer: Peer, job: string, runs: readonly RunLine[]): Alarm[] {
  const alarms: Alarm[] = [];
  const histories = peer.channels.map((): number[] => []);
  let last = 0;
  for (const run of runs) {
    const start = Date.parse(run.startedAt);
    const end = Date.parse(run.endedAt ?? run.startedAt);
    const interval = 1_000 * (intervalOf(run) ?? Infinity);
    if (last > 0 && start - last > 2.5 * interval) {
      alarms.push({ job, at: last + 2 * interval, kind: 'missed-run' });
    }
    last = start;
    if (run.outcome === 'failed') alarms.push({ job, at: end, kind: 'failed-run' });
    if (run.outcome !== 'success') continue;
    if (run.logicalBytes === 0) alarms.push({ job, at: end, kind: 'empty-run' });
    const seconds = (end - start) / 1_000;
    const odd = peer.channels.some((channel, index) => {
      const value = channel === 'seconds' ? seconds : run[channel];
      const history = histories[index]!;
      if (value === null) return false;
      const verdict = peer.rule(history, value);
      history.push(value);
      return verdict;
    });
    if (odd) alarms.push({ job, at: end, kind: null });
  }
  return alarms;
}

const MONDAY = new Date('2026-01-05T00:00:00Z');
function intervalOf({ schedule, timeZone, engine: dialect }: RunLine): number | null {
  if (schedule === null) return null;
  return intervalSeconds({ type: 'cron', expression: schedule, timeZone, dialect }, MONDAY);
}
