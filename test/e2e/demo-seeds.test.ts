import { describe, expect, it } from 'vitest';
import { plantedFaults } from '../../src/world/home/planted-faults.ts';
import { playDemo } from '../support/play-demo.ts';

const SEEDS = [1313, 66_604];
const MOST_UNPLANNED_ON_AVERAGE = 1;

describe('the demo', () => {
  const unplanned: string[] = [];

  it.for(SEEDS)(
    'of seed %i shows every planted fault, each with evidence and a next step',
    async (seed) => {
      expect(plantedFaults(seed).length).toBeGreaterThanOrEqual(10);
      const played = await playDemo(seed);
      expect(played.missing).toEqual([]);
      expect(played.status.counts.runs).toBeGreaterThan(5_000);
      expect(played.status.counts.runs).toBeLessThanOrEqual(10_000);
      const bare = played.findings.filter((one) => one.evidence.length === 0 || !one.nextStep);
      expect(bare).toEqual([]);
      unplanned.push(...played.unplanned.map(({ kind, sentence }) => `${kind}: ${sentence}`));
    },
  );

  it('shows at most one finding nobody planted, on average', () => {
    const most = SEEDS.length * MOST_UNPLANNED_ON_AVERAGE;
    expect(unplanned.slice(most)).toEqual([]);
  });
});
