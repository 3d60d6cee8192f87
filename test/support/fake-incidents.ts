import type { Incident } from '../../src/domain/views.ts';

export const INCIDENTS: Incident[] = [
  {
    incidentId: 'i1',
    shared: 'target',
    value: 'BackupStorageLocation velero/main',
    tripped: 7,
    of: 8,
    clusterId: 'c1',
    cluster: 'home',
    since: '2026-11-20T02:00:00.000Z',
    newestAt: '2026-11-20T02:20:00.000Z',
    kinds: ['failed-run'],
    severity: 'high',
    findings: 7,
    openFindings: 7,
    sentence:
      '7 of 8 jobs that write to BackupStorageLocation velero/main failed between 02:00 and 02:20 UTC on 2026-11-20: one cause is likelier than seven',
  },
];
