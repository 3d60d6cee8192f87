import { logicalBytesAt } from '../home/run-model.ts';
import type { LiveSeries } from './live-series.ts';
import { standing, type Families, type SeriesSource } from './series-family.ts';
import type { WorldClaim } from './world-runs.ts';

type Figure = (of: { used: number; capacity: number; files: number }) => number;

/** Of each claim that an app mounts. */
function ofClaims(name: string, figure: Figure) {
  return (source: SeriesSource): LiveSeries[] => {
    const { frame, book, plan } = source;
    return plan.workloads.flatMap((workload) => {
      const { namespace, name: persistentvolumeclaim, files } = workload;
      const claim: WorldClaim | undefined = book.claims.get(
        `${namespace}/${persistentvolumeclaim}`,
      );
      if (claim === undefined) return [];
      const capacity = claim.capacityBytes;
      const labels = {
        __name__: name,
        namespace,
        persistentvolumeclaim,
        node: 'node-1',
        job: 'kubelet',
        metrics_path: '/metrics',
        instance: 'node-1',
      };
      const valueAt = (at: number): number =>
        figure({ used: Math.min(capacity, logicalBytesAt(frame, workload, at)), capacity, files });
      return [standing(source, labels, valueAt, { from: claim.bornAt, until: claim.goneAt })];
    });
  };
}

/** One inode for so many bytes, as ext4 makes them. */
const BYTES_PER_INODE = 16_384;

export const VOLUME_FAMILIES: Families = {
  kubelet_volume_stats_used_bytes: ofClaims('kubelet_volume_stats_used_bytes', ({ used }) => used),
  kubelet_volume_stats_capacity_bytes: ofClaims(
    'kubelet_volume_stats_capacity_bytes',
    ({ capacity }) => capacity,
  ),
  kubelet_volume_stats_inodes_used: ofClaims(
    'kubelet_volume_stats_inodes_used',
    ({ files }) => files,
  ),
  kubelet_volume_stats_inodes: ofClaims('kubelet_volume_stats_inodes', ({ capacity }) =>
    Math.floor(capacity / BYTES_PER_INODE),
  ),
};
