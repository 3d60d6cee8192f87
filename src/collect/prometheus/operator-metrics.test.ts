import { describe, expect, it } from 'vitest';
import { policyIdOf } from '../../domain/id.ts';
import { operatorReadings } from './operator-metrics.ts';

const CLUSTER = 'cluster-a';
const at = new Date('2026-11-21T07:00:00Z');
const row = (name: string, labels: Record<string, string>, value: number) => ({
  labels: { __name__: name, ...labels },
  samples: [{ at, value }],
});
const velero = (name: string, value: number, labels: Record<string, string> = {}) =>
  row(`velero_backup_${name}`, { namespace: 'velero', schedule: 'nightly', ...labels }, value);
const read = (...rows: ReturnType<typeof row>[]) => operatorReadings(CLUSTER, rows);

describe('what operators tell', () => {
  it('is of the policy it names, with the name in the metrics store', () => {
    const labels = { obj_namespace: 'media', obj_name: 'photos', role: 'source', pod: 'volsync-0' };
    const { readings } = read(row('volsync_volume_out_of_sync', labels, 1));
    const namespace = 'media';
    const kind = 'ReplicationSource';
    expect(readings).toEqual([
      {
        metric: 'out-of-sync',
        subject: 'policy',
        subjectId: policyIdOf('volsync', { clusterId: CLUSTER, kind, namespace, name: 'photos' }),
        namespace,
        origin: 'volsync_volume_out_of_sync',
        at,
        value: 1,
      },
    ]);
  });

  it('is nothing for restores, manual backups, other jobs and series nobody knows', () => {
    const { readings } = read(
      row(
        'volsync_volume_out_of_sync',
        { obj_namespace: 'a', obj_name: 'b', role: 'destination' },
        1,
      ),
      velero('last_successful_timestamp', 5, { schedule: '' }),
      row(
        'k8up_schedule_last_job_succeeded',
        { namespace: 'a', schedule: 'b', jobType: 'prune' },
        1,
      ),
      row('velero_backup_renamed_timestamp', { schedule: 'nightly' }, 5),
    );
    expect(readings).toEqual([]);
  });

  it('does not take the zero of a database cluster with the backup plugin for "never"', () => {
    const labels = { namespace: 'db', pod: 'orders-1' };
    const { readings } = read(
      row('cnpg_collector_last_available_backup_timestamp', labels, 0),
      row('barman_cloud_cloudnative_pg_io_last_available_backup_timestamp', labels, 1_700_000_000),
    );
    expect(readings.map(({ metric, value }) => [metric, value])).toEqual([
      ['last-success-at', 1_700_000_000],
    ]);
  });

  it('is counted once however many replicas tell it, and failures of each kind add up', () => {
    const { readings } = read(
      velero('failure_total', 2, { replica: 'a' }),
      velero('failure_total', 2, { replica: 'b' }),
      velero('partial_failure_total', 3, { replica: 'a' }),
      velero('last_successful_timestamp', 10, { replica: 'a' }),
      velero('last_successful_timestamp', 12, { replica: 'b' }),
    );
    expect(readings.map(({ metric, value }) => [metric, value])).toEqual([
      ['failures', 5],
      ['last-success-at', 12],
    ]);
  });

  it('is unknown where replicas disagree on a state, and they are named', () => {
    const told = read(
      velero('last_status', 1, { replica: 'a' }),
      velero('last_status', 0, { replica: 'b' }),
    );
    expect(told).toEqual({ readings: [], disagreeing: ['velero_backup_last_status'] });
  });

  it('is found where the scrape’s own labels have won', () => {
    const labels = { namespace: 'monitoring', exported_namespace: 'shop', cronjob: 'dump' };
    const { readings } = read(row('kube_cronjob_status_last_successful_time', labels, 10));
    expect(readings[0]?.namespace).toBe('shop');
  });
});
