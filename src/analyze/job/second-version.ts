import type { Outcome } from '../../domain/words.ts';
import type { Cause } from '../../domain/judgement.ts';
import type { ChannelName, Readings } from './baseline.ts';
import type { Due, RecentRun } from './recent-rows.ts';
import { stateKey } from './state-key.ts';

type Flag = 0 | 1;
type Run = [
  id: string,
  table: RecentRun['table'],
  start: number,
  end: number | null,
  outcome: Outcome,
  figures: [number | null, number | null, number | null, number | null, number | null],
  flags: [Flag, Flag, Flag, Flag, Flag],
  due: [number | null, number | null],
  why: [] | [Cause | null, string | null, number | null],
  read: [] | [Readings, ChannelName[]],
];

/** What rows of the version before the present one held in another form. */
export interface SecondVersion {
  scheduleKey: string;
  factsKey: string;
  runs: Run[];
  dues: Due[];
}

/** Its runs and due times were longer, and its keys the texts themselves. */
export function readSecondVersion<Row extends SecondVersion>(row: Row) {
  return {
    ...row,
    scheduleKey: stateKey(row.scheduleKey),
    factsKey: stateKey(row.factsKey),
    runs: row.runs.map(readRun),
  };
}

function readRun([
  id,
  table,
  start,
  end,
  outcome,
  figures,
  flags,
  dues,
  why,
  read,
]: Run): RecentRun {
  const [seconds, logical, added, files, dedup] = figures;
  const [due, delay] = dues;
  return {
    id,
    table,
    start,
    end,
    outcome,
    seconds,
    logical,
    added,
    files,
    dedup,
    full: flags[0] === 1,
    volumesFailed: flags[1] === 1,
    judged: flags[2] === 1,
    learned: flags[3] === 1,
    oddSize: flags[4] === 1,
    due,
    delay,
    cause: why[0] ?? null,
    text: why[1] ?? null,
    lockSeconds: why[2] ?? null,
    readings: read[0] ?? null,
    adopted: read[1] ?? [],
  };
}
