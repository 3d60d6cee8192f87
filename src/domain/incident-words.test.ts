import { describe, expect, it } from 'vitest';
import { incidentSentence } from './incident-words.ts';
import type { FindingKind } from './words.ts';

const sentence = (...kinds: FindingKind[]) =>
  incidentSentence({
    shared: 'storageClass',
    value: 'ceph-block',
    tripped: 3,
    of: 6,
    kinds,
    since: '2026-11-19T00:30:00.000Z',
    newestAt: '2026-11-19T06:15:00.000Z',
  });

describe('the sentence of an incident', () => {
  it('claims of the jobs no more than their findings do', () => {
    expect(sentence('rpo-breach')).toBe(
      '3 of 6 jobs on storage class ceph-block fell behind their RPO between 00:30 and 06:15 UTC on 2026-11-19: one cause is likelier than three',
    );
    expect(sentence('failure-streak')).toContain('ceph-block failed between');
    expect(sentence('failed-run', 'missed-run')).toContain(' failed or did not run between');
    expect(sentence('failed-run', 'missed-run', 'rpo-breach')).toContain(
      ' failed, did not run or fell behind their RPO between',
    );
    expect(sentence('failed-run', 'stuck-run')).toContain(' had trouble (failed-run, stuck-run) ');
  });
});
