import { describe, expect, it } from 'vitest';
import { plantedFaults } from '../../src/world/company/company-faults.ts';
import { playCompany } from '../support/play-company.ts';

const SEED = 1_313;
const MOST_UNPLANNED = 2;

describe('the company', () => {
  it(`of seed ${SEED} shows every planted fault in its cluster, and little else`, async () => {
    expect(plantedFaults(SEED).length).toBeGreaterThan(30);
    const { missing, unplanned, status, findings } = await playCompany(SEED);
    expect(missing).toEqual([]);
    expect(status.clusters).toHaveLength(20);
    expect(unplanned.map(({ sentence }) => sentence).slice(MOST_UNPLANNED)).toEqual([]);
    const bare = findings.filter((one) => one.evidence.length === 0 || !one.nextStep);
    expect(bare).toEqual([]);
  });
});
