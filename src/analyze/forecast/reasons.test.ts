import { describe, expect, it } from 'vitest';
import { FEATURES, type Feature } from './features.ts';
import { freshRecord, KEEPS } from './job-record.ts';
import { reasonsOf } from './reasons.ts';
import { addResult } from './tallies.ts';

/** The reasons of a job after such results, where one feature alone pushes the forecast up. */
function reasons(feature: Feature, results: readonly (0 | 1)[], seconds = { lately: 0, level: 0 }) {
  const fresh = freshRecord(0);
  const record = {
    ...fresh,
    results: results.length,
    streak: results.length,
    seconds: { ...fresh.seconds, ...seconds },
  };
  for (const failed of results)
    for (const [index, keep] of KEEPS.entries()) addResult(record.rates, index, failed, keep);
  const x = FEATURES.map((name) => (name === feature ? 1 : 0));
  return reasonsOf(record, x, x, 0);
}

const slower = (times: number) =>
  reasons('slower', [0, 0], { level: 4, lately: 4 + Math.log(times) });

describe('the reasons of a forecast', () => {
  it('name a share of failures only where there is one', () => {
    expect(reasons('rateEver', [0, 1, 0, 0])).toEqual([
      '25 % of its last 4 runs failed or were missed',
    ]);
    expect(reasons('rateEver', [0, 0, 0, 0])).toEqual(['the last 4 runs succeeded']);
  });

  it('say how many times longer runs take, once percent would be a riddle', () => {
    expect(slower(1.3)).toEqual(['successful runs take longer: 30 % over their usual']);
    expect(slower(42)).toEqual(['successful runs take longer: 42 times their usual']);
  });
});
