import { z } from 'zod';
import { parseGoDuration } from '../../kubernetes/go-duration.ts';
import { flag, instant, metadata, text } from '../../loose-fields.ts';

/** Fields of VolSync 0.16 that we read; all others are let be. Source: its `volsync.backube/v1alpha1` definitions. */

const goDuration = z
  .string()
  .refine((value) => parseGoDuration(value) !== null, { error: 'is no duration' })
  .transform((value) => parseGoDuration(value) ?? 0)
  .nullish();

const Condition = z.object({
  type: z.string(),
  status: text,
  reason: text,
  message: text,
  lastTransitionTime: instant,
});

const Status = z.object({
  lastSyncTime: instant,
  lastSyncStartTime: instant,
  lastSyncDuration: goDuration,
  lastManualSync: text,
  latestMoverStatus: z
    .object({ result: z.enum(['Successful', 'Failed', '']).nullish(), logs: text })
    .nullish(),
  conditions: z.array(Condition).nullish(),
  latestImage: z.object({ kind: text, name: text }).nullish(),
});

const Trigger = z.object({ schedule: text, manual: text });

const Mover = z
  .object({
    repository: text,
    rcloneConfig: text,
    destinationPVC: text,
    copyMethod: text,
    retain: z.record(z.string(), z.union([z.number(), z.string()])).nullish(),
  })
  .nullish();

/** Mover blocks, in the order in which they are looked for. */
export const MOVERS = [
  'restic',
  'rclone',
  'rsyncTLS',
  'rsync',
  'kopia',
  'syncthing',
  'external',
] as const;

/** ReplicationSource and ReplicationDestination: what is read of either, both have. */
export const Replication = z.object({
  metadata,
  spec: z
    .object({
      sourcePVC: text,
      trigger: Trigger.nullish(),
      paused: flag,
      restic: Mover,
      rclone: Mover,
      rsyncTLS: Mover,
      rsync: Mover,
      kopia: Mover,
      syncthing: Mover,
      external: Mover,
    })
    .nullish(),
  status: Status.nullish(),
});
export type Replication = z.infer<typeof Replication>;
