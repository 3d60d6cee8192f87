import { expect, it } from 'vitest';
import { DeliveryWorkRows } from './delivery-rows.ts';

it('reads what an earlier version left waiting, which tells less of a finding', () => {
  const due = {
    findingId: 'finding',
    fingerprint: 'fingerprint',
    clusterId: 'cluster',
    jobId: 'job',
    raisedAt: '2026-11-21T02:00:00.000Z',
    firstContact: false,
    tests: 0,
    severity: 'critical',
    probability: null,
    factor: null,
    traits: { target: { value: 's3', clusterId: null } },
  };
  const rows = { revision: 1, desk: null, jobs: 1, due: [due], sizes: [], tested: [] };
  expect(DeliveryWorkRows.parse(rows).due).toMatchObject([
    { findingId: 'finding', severity: 'critical', didWell: {}, lastWellAt: null },
  ]);
});
