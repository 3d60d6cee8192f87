import { z } from 'zod';
import { parseGoDuration } from '../../kubernetes/go-duration.ts';

/** Fields of VolSync 0.16 that we read; all others are let be. Source: its `volsync.backube/v1alpha1` definitions. */

const instant = z
  .string()
  .refine((text) => !Number.isNaN(Date.parse(text)), { error: 'is no instant' })
  .transform((text) => new Date(text));

const goDuration = z
  .string()
  .refine((text) => parseGoDuration(text) !== null, { error: 'is no duration' })
  .transform((text) => parseGoDuration(text) ?? 0);

const Metadata = z.object({
  name: z.string(),
  namespace: z.string().default(''),
  uid: z.string().default(''),
  creationTimestamp: instant.nullish(),
  labels: z.record(z.string(), z.string()).nullish(),
});

const Condition = z.object({
  type: z.string(),
  status: z.string().nullish(),
  reason: z.string().nullish(),
  message: z.string().nullish(),
  lastTransitionTime: instant.nullish(),
});

const Status = z.object({
  lastSyncTime: instant.nullish(),
  lastSyncStartTime: instant.nullish(),
  lastSyncDuration: goDuration.nullish(),
  lastManualSync: z.string().nullish(),
  latestMoverStatus: z
    .object({ result: z.string().nullish(), logs: z.string().nullish() })
    .nullish(),
  conditions: z.array(Condition).nullish(),
  latestImage: z.object({ kind: z.string().nullish(), name: z.string().nullish() }).nullish(),
});

const Trigger = z.object({ schedule: z.string().nullish(), manual: z.string().nullish() });

const Mover = z
  .object({
    repository: z.string().nullish(),
    rcloneConfig: z.string().nullish(),
    destinationPVC: z.string().nullish(),
    copyMethod: z.string().nullish(),
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

export const ReplicationSource = z.object({
  metadata: Metadata,
  spec: z
    .object({
      sourcePVC: z.string().nullish(),
      trigger: Trigger.nullish(),
      paused: z.boolean().nullish(),
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
export type ReplicationSource = z.infer<typeof ReplicationSource>;

export const ReplicationDestination = ReplicationSource;
export type ReplicationDestination = ReplicationSource;
